//! Delivery: whoever finds a message over sees what it did, and whoever waits for it is woken.

use std::sync::Arc as Plain;
use std::sync::atomic::{AtomicUsize as PlainUsize, Ordering as PlainOrdering};
use std::task::{Wake, Waker};

use loom::cell::UnsafeCell;
use loom::thread;
use spindle_sync::{Delivery, Envelope, Grace, Parcel, Pool, this_core};

/// What the message writes and the waiter reads.
struct Memory(UnsafeCell<u32>);

// SAFETY: the test is whether accesses are exclusive; loom watches each.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    fn write(&self, content: u32) {
        // SAFETY: loom checks that this is exclusive.
        self.0.with_mut(|memory| unsafe { *memory = content });
    }

    fn read(&self) -> u32 {
        // SAFETY: loom checks that no write is concurrent.
        self.0.with(|content| unsafe { *content })
    }
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A message that writes 1 to a memory, in the one slot of a pool.
fn message() -> (&'static Pool<Parcel>, &'static Memory, Envelope<Parcel>) {
    let (grace, pool) = (leak(Grace::new()), leak(Pool::new()));
    // Nobody else is a core here, and nothing is read; forgotten, so that this thread stays one.
    std::mem::forget(grace.register_thread());
    pool.open(this_core::index(), 1);
    let memory = leak(Memory(UnsafeCell::new(0)));
    let envelope = pool.take(Parcel::new(|| memory.write(1))).unwrap();
    (pool, memory, envelope)
}

/// Reads the memory if the message is over.
fn read_if_over(delivery: &Delivery, memory: &Memory) -> Option<u32> {
    delivery.is_over().then(|| memory.read())
}

#[test]
fn whoever_finds_a_message_over_sees_what_it_wrote() {
    loom::model(|| {
        let (_pool, memory, envelope) = message();
        let delivery = envelope.delivery();
        let runner = thread::spawn(move || envelope.run());
        assert!(matches!(read_if_over(&delivery, memory), None | Some(1)));
        runner.join().unwrap();
        assert_eq!(read_if_over(&delivery, memory), Some(1));
    });
}

#[test]
fn it_is_seen_by_way_of_the_slot_s_next_message_too() {
    loom::model(|| {
        let (pool, memory, envelope) = message();
        let delivery = envelope.delivery();
        let runner = thread::spawn(move || envelope.run());
        let asker = thread::spawn(move || assert!(matches!(read_if_over(&delivery, memory), None | Some(1))));
        if let Ok(next) = pool.take(Parcel::new(|| ())) {
            assert!(delivery.is_over() && !next.delivery().is_over());
            next.run();
        }
        runner.join().unwrap();
        asker.join().unwrap();
    });
}

/// Counts how often it is woken.
#[derive(Default)]
struct Counting(PlainUsize);

impl Wake for Counting {
    fn wake(self: Plain<Self>) {
        self.0.fetch_add(1, PlainOrdering::Relaxed);
    }
}

#[test]
fn watcher_is_told_that_the_message_is_over_or_is_woken() {
    loom::model(|| {
        let (_pool, memory, envelope) = message();
        let delivery = envelope.delivery();
        let woken = Plain::new(Counting::default());
        let runner = thread::spawn(move || envelope.run());
        let is_over = delivery.is_over_or_wakes(&Waker::from(Plain::clone(&woken)));
        if is_over {
            assert_eq!(memory.read(), 1);
        }
        runner.join().unwrap();
        assert_eq!(woken.0.load(PlainOrdering::Relaxed), usize::from(!is_over));
    });
}
