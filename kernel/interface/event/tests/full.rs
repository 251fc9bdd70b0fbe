//! What becomes of a post that finds no slot: each event's own choice, with threads that stand for cores.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use spindle_event::mailbox::{self, Arrivals, KERNEL_SLOTS};
use spindle_event::{CoreId, Event, Owner, PostError, WhenFull, cores};
use spindle_sync::{Authority, GRACE};

static OWNER: Owner = Owner::new();
static REFUSES: Event<u32> = Event::new("refuses", &OWNER);
static BLOCKS: Event<u32> = Event::new("blocks", &OWNER).when_full(WhenFull::Block);
static DROPS: Event<u32> = Event::new("drops", &OWNER).when_full(WhenFull::DropOldest(3));
static SEEN: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Slots that extensions have.
const SLOTS: usize = 4;

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

fn seen() -> Vec<u32> {
    std::mem::take(&mut *SEEN.lock().unwrap_or_else(PoisonError::into_inner))
}

fn see(number: &u32) {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).push(*number);
}

fn run_all(arrivals: &mut Arrivals) {
    while let Some(envelope) = arrivals.pop() {
        envelope.run();
    }
}

/// One test, since mailboxes are few and static.
#[test]
fn an_event_chooses_what_becomes_of_a_post_without_a_slot() {
    let _core = GRACE.register_thread();
    for event in [&REFUSES, &BLOCKS, &DROPS] {
        event.owned(&OWNER).expect("as set up").install(see).expect("as set up");
    }
    let here = cores::current();
    let mut arrivals = mailbox::open(&authority(), here, KERNEL_SLOTS + SLOTS).expect("as set up");
    a_refused_post_gives_its_event_back(here, &mut arrivals);
    the_oldest_is_dropped_for_the_newest(here, &mut arrivals);
    the_oldest_is_dropped_when_slots_run_out(here, &mut arrivals);
    a_blocked_poster_gives_up_when_nobody_can_help(here, &mut arrivals);
    a_blocked_poster_goes_on_when_a_slot_comes(arrivals);
}

fn fill(here: CoreId) {
    (0..SLOTS as u32).for_each(|number| assert!(REFUSES.post(here, number).is_ok()));
}

fn a_refused_post_gives_its_event_back(here: CoreId, arrivals: &mut Arrivals) {
    fill(here);
    assert_eq!(REFUSES.post(here, 9).err(), Some(PostError::Full { core: here, event: 9 }));
    run_all(arrivals);
    assert_eq!(seen(), [0, 1, 2, 3]);
}

fn the_oldest_is_dropped_for_the_newest(here: CoreId, arrivals: &mut Arrivals) {
    let posted: Vec<_> = (0..5).map(|number| DROPS.post(here, number).expect("as set up")).collect();
    run_all(arrivals);
    assert_eq!(seen(), [2, 3, 4]);
    assert!(posted.iter().all(|posted| posted.is_done()));
}

fn the_oldest_is_dropped_when_slots_run_out(here: CoreId, arrivals: &mut Arrivals) {
    // One of its own is on its way, the rest of the slots are somebody else's.
    assert!(DROPS.post(here, 10).is_ok());
    (1..SLOTS as u32).for_each(|number| assert!(REFUSES.post(here, number).is_ok()));
    assert!(DROPS.post(here, 11).is_ok());
    run_all(arrivals);
    assert_eq!(seen(), [11, 1, 2, 3]);
    // With none on its way there is nothing to drop.
    fill(here);
    assert_eq!(DROPS.post(here, 12).err(), Some(PostError::Full { core: here, event: 12 }));
    run_all(arrivals);
    assert_eq!(seen(), [0, 1, 2, 3]);
}

fn a_blocked_poster_gives_up_when_nobody_can_help(here: CoreId, arrivals: &mut Arrivals) {
    fill(here);
    assert_eq!(BLOCKS.post(here, 9).err(), Some(PostError::Full { core: here, event: 9 }));
    run_all(arrivals);
    assert_eq!(seen(), [0, 1, 2, 3]);
}

fn a_blocked_poster_goes_on_when_a_slot_comes(arrivals: Arrivals) {
    static IS_OPEN: AtomicBool = AtomicBool::new(false);
    drop(arrivals);
    let other = thread::spawn(|| {
        let mut core = GRACE.register_thread();
        let mut arrivals = mailbox::open(&authority(), cores::current(), KERNEL_SLOTS).expect("as set up");
        IS_OPEN.store(true, Ordering::Release);
        let mut count = 0;
        while count < 100 {
            core.quiet();
            while let Some(envelope) = arrivals.pop() {
                envelope.run();
                count += 1;
            }
            thread::yield_now();
        }
    });
    while !IS_OPEN.load(Ordering::Acquire) {
        thread::yield_now();
    }
    let there = cores::online().find(|core| *core != cores::current()).expect("as set up");
    (0..100).for_each(|number| assert!(BLOCKS.post(there, number).is_ok(), "{number}"));
    other.join().expect("as set up");
    assert_eq!(seen(), (0..100).collect::<Vec<u32>>());
}
