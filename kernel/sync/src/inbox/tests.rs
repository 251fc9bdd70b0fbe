//! What an inbox promises, one thread at a time.

use alloc::boxed::Box;
use alloc::vec::Vec;
use std::sync::Arc;
use std::thread;

use super::{Inbox, Wake};
use crate::envelope::Envelope;
use crate::grace::{Grace, Reader};
use crate::parcel::Parcel;
use crate::pool::Pool;
use crate::primitive::Ordering;
use crate::this_core;

/// An inbox, and slots for this thread, which is a core from now on.
fn setting<T: Send>() -> (&'static Inbox<T>, &'static Pool<T>, Reader) {
    let pool: &'static Pool<T> = Box::leak(Box::new(Pool::new()));
    let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
    let reader = grace.register_thread();
    pool.open(this_core::index(), 16);
    (Box::leak(Box::new(Inbox::new())), pool, reader)
}

#[test]
fn messages_come_out_in_the_order_they_went_in() {
    let (inbox, pool, _reader) = setting();
    let mut consumer = inbox.take_consumer().unwrap();
    let mut popped = Vec::new();
    for round in 0..3 {
        for value in 0..4 {
            assert_eq!(inbox.push(pool.take(4 * round + value).unwrap()), Wake::No);
        }
        // Leaves some for the next round, behind which new ones queue.
        popped.extend((0..3).map_while(|_| consumer.pop()).map(|envelope| envelope.open()));
    }
    popped.extend(core::iter::from_fn(|| consumer.pop()).map(|envelope| envelope.open()));
    assert_eq!(popped, (0..12).collect::<Vec<_>>());
}

#[test]
fn a_message_has_arrived_until_it_is_popped() {
    let (inbox, pool, _reader) = setting();
    let mut consumer = inbox.take_consumer().unwrap();
    assert!(!inbox.has_arrived());
    for value in 0..3 {
        assert_eq!(inbox.push(pool.take(value).unwrap()), Wake::No);
    }
    let popped: Vec<_> =
        core::iter::from_fn(|| consumer.pop().map(|envelope| (envelope.open(), inbox.has_arrived())))
            .collect();
    assert_eq!(popped, [(0, true), (1, true), (2, false)]);
}

#[test]
fn first_push_after_sleep_is_told_to_wake_and_no_other() {
    let (inbox, pool, _reader) = setting();
    let mut consumer = inbox.take_consumer().unwrap();
    for _ in 0..3 {
        assert!(consumer.try_sleep());
        let wakes = [1, 2, 3].map(|value| inbox.push(pool.take(value).unwrap()));
        assert_eq!(wakes, [Wake::Yes, Wake::No, Wake::No]);
        assert!(consumer.awake());
        let popped: Vec<_> = core::iter::from_fn(|| consumer.pop()).map(|envelope| envelope.open()).collect();
        assert_eq!(popped, [1, 2, 3]);
    }
}

#[test]
fn consumer_does_not_sleep_over_a_message() {
    let (inbox, pool, _reader) = setting();
    let mut consumer = inbox.take_consumer().unwrap();
    for value in [1, 2] {
        assert_eq!(inbox.push(pool.take(value).unwrap()), Wake::No);
    }
    assert!(!consumer.try_sleep());
    assert_eq!(consumer.pop().unwrap().open(), 1);
    // The second is out of the inbox already, in the consumer's own batch.
    assert!(!consumer.try_sleep());
    assert_eq!(consumer.pop().unwrap().open(), 2);
    assert!(consumer.try_sleep());
}

#[test]
fn consumer_that_wakes_by_itself_needs_no_wake() {
    let (inbox, pool, _reader) = setting();
    let mut consumer = inbox.take_consumer().unwrap();
    assert!(consumer.try_sleep());
    assert!(consumer.pop().is_none());
    assert!(!consumer.awake());
    assert_eq!(inbox.push(pool.take(1).unwrap()), Wake::No);
}

#[test]
fn inbox_has_one_consumer_at_a_time() {
    let (inbox, pool, _reader) = setting();
    let consumer = inbox.take_consumer().unwrap();
    assert!(inbox.take_consumer().is_none());
    drop(consumer);
    let mut consumer = inbox.take_consumer().unwrap();
    assert_eq!(inbox.push(pool.take(1).unwrap()), Wake::No);
    assert_eq!(consumer.pop().unwrap().open(), 1);
}

#[test]
fn dropped_consumer_drops_what_it_had_taken_and_leaves_the_rest() {
    let (inbox, pool, _reader) = setting();
    let value = Arc::new(());
    let mut consumer = inbox.take_consumer().unwrap();
    let push = || inbox.push(pool.take(Arc::clone(&value)).unwrap());
    assert_eq!([push(), push()], [Wake::No; 2]);
    drop(consumer.pop());
    assert_eq!(push(), Wake::No);
    assert_eq!(Arc::strong_count(&value), 3);
    drop(consumer);
    assert_eq!(Arc::strong_count(&value), 2);
    assert!(inbox.take_consumer().unwrap().pop().is_some());
}

#[test]
fn dropped_inbox_drops_its_messages() {
    let (_, pool, _reader) = setting();
    let value = Arc::new(());
    let inbox = Inbox::new();
    for _ in 0..3 {
        assert_eq!(inbox.push(pool.take(Arc::clone(&value)).unwrap()), Wake::No);
    }
    drop(inbox);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn parcel_has_its_slot_while_it_runs_and_gives_it_back_then() {
    let (inbox, pool, _reader) = setting::<Parcel>();
    let mut consumer = inbox.take_consumer().unwrap();
    for round in 0..32 {
        let others: Vec<_> = (0..15).map_while(|_| pool.vacancy()).collect();
        assert_eq!(others.len(), 15, "round {round}");
        let parcel = Parcel::new(|| assert!(pool.vacancy().is_none()));
        assert_eq!(inbox.push(pool.take(parcel).unwrap()), Wake::No);
        consumer.pop().unwrap().run();
    }
}

#[test]
fn message_pushed_on_one_core_is_opened_on_another() {
    let (inbox, pool, _reader) = setting();
    let mut consumer = inbox.take_consumer().unwrap();
    assert_eq!(inbox.push(pool.take(Box::new(7)).unwrap()), Wake::No);
    assert_eq!(thread::spawn(move || *consumer.pop().unwrap().open()).join().unwrap(), 7);
}

/// The length of a parcel: slots do not lie a power of two apart, so no flip leads from one to another.
type Long = [i32; 14];

/// A bit flips in the link of the message `damaged` of three, `popped` of which have been taken out before; gives what comes
/// out then, and of one more message.
fn after_damage(damaged: usize, popped: usize, flip: fn(usize) -> usize) -> Vec<i32> {
    let (inbox, pool, _reader) = setting();
    let mut consumer = inbox.take_consumer().expect("the only one");
    let slots = [1, 2, 3].map(|value| {
        let slot = pool.take([value; 14] as Long).expect("room").into_slot();
        // SAFETY: from `into_slot`, just now.
        assert_eq!(inbox.push(unsafe { Envelope::from_slot(slot) }), Wake::No);
        slot
    });
    let mut out: Vec<_> =
        (0..popped).map_while(|_| consumer.pop()).map(|envelope| envelope.open()[0]).collect();
    // SAFETY: slots live for ever.
    let link = &unsafe { slots[damaged - 1].as_ref() }.next;
    let there = link.load(Ordering::Relaxed);
    link.store(there.map_addr(flip), Ordering::Relaxed);
    out.extend(core::iter::from_fn(|| consumer.pop()).map(|envelope| envelope.open()[0]));
    assert_eq!(inbox.push(pool.take([4; 14]).expect("room")), Wake::No);
    out.extend(consumer.pop().map(|envelope| envelope.open()[0]));
    out
}

#[test]
fn a_damaged_link_loses_what_was_behind_it_and_nothing_else() {
    let flips: [fn(usize) -> usize; 5] =
        [|link| link ^ 1, |link| link ^ 8, |link| link ^ 0x40, |link| link ^ 1 << 40, |link| link ^ 1 << 63];
    for flip in flips {
        assert_eq!(after_damage(1, 0, flip), [1, 2, 3, 4]);
        assert_eq!(after_damage(2, 0, flip), [2, 3, 4]);
        assert_eq!(after_damage(3, 0, flip), [3, 4]);
        // Turned over by then: the links lead to what is newer.
        assert_eq!(after_damage(2, 1, flip), [1, 2, 4]);
    }
}
