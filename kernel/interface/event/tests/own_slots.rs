//! What slots of a domain's own promise.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use spindle_event::own_slots::{MOST_SETS, MOST_SLOTS, NoSlots, OwnSlots, release};
use spindle_sync::Authority;

#[test]
fn sets_go_round_and_no_more_are_given_than_there_are() {
    // SAFETY: the test stands in for the kernel's start-up.
    let authority = unsafe { Authority::mint() };
    let too_many = NoSlots::TooMany { slots: MOST_SLOTS + 1, most: MOST_SLOTS };
    assert_eq!(OwnSlots::new(&authority, MOST_SLOTS + 1).expect_err("too many"), too_many);
    let mut all: Vec<OwnSlots> =
        (0..MOST_SETS).map(|_| OwnSlots::new(&authority, 3).expect("a set")).collect();
    let none_left = NoSlots::NoneLeft { most: MOST_SETS };
    assert_eq!(OwnSlots::new(&authority, 1).expect_err("none"), none_left);
    let address = all.last().map(OwnSlots::address);
    release(&all.pop().expect("one"), &authority);
    let again = OwnSlots::new(&authority, 2).expect("the one given back");
    assert_eq!((Some(again.address()), again.usage().limit), (address, 2));
}
