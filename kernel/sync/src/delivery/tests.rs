//! What a delivery promises, one thread at a time.

use alloc::boxed::Box;
use alloc::task::Wake;
use core::task::Waker;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::envelope::Envelope;
use crate::grace::{Grace, Reader};
use crate::parcel::Parcel;
use crate::pool::Pool;
use crate::this_core;

/// A pool with one slot for this thread, which is a core from now on.
fn pool<T>() -> (&'static Pool<T>, Reader) {
    let pool: &'static Pool<T> = Box::leak(Box::new(Pool::new()));
    let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
    let reader = grace.register_thread();
    pool.open(this_core::index(), 1);
    (pool, reader)
}

/// Counts how often it is woken.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn counting() -> (Arc<Counting>, Waker) {
    let counting = Arc::new(Counting::default());
    (Arc::clone(&counting), Waker::from(counting))
}

fn count(counting: &Counting) -> usize {
    counting.0.load(Ordering::Relaxed)
}

#[test]
fn message_is_over_once_it_was_opened_run_or_dropped() {
    let (pool, _reader) = pool();
    let ends: [fn(Envelope<Parcel>); 3] = [drop, |envelope| envelope.open().run(), Envelope::run];
    for end in ends {
        let envelope = pool.take(Parcel::new(|| ())).unwrap();
        let delivery = envelope.delivery();
        assert!(!delivery.is_over());
        end(envelope);
        assert!(delivery.is_over());
    }
}

#[test]
fn later_messages_of_the_slot_change_nothing() {
    let (pool, _reader) = pool();
    let first = pool.take(1).unwrap();
    let of_first = first.delivery();
    drop(first);
    let second = pool.take(2).unwrap();
    let of_second = second.delivery();
    assert!(of_first.is_over() && !of_second.is_over());
    assert_ne!(of_first, of_second);
    // A watcher of the first leaves no flag to the second.
    let (woken, waker) = counting();
    assert!(of_first.is_over_or_wakes(&waker));
    drop(second);
    assert_eq!((count(&woken), Arc::strong_count(&woken)), (0, 2));
}

#[test]
fn message_is_not_over_while_it_runs() {
    let (pool, _reader) = pool();
    let envelope = pool.take(Parcel::new(|| ())).unwrap();
    let of_first = envelope.delivery();
    drop(envelope);
    let vacancy = pool.vacancy().unwrap();
    let (send, receive) = std::sync::mpsc::channel::<super::Delivery>();
    let envelope = vacancy.seal(Parcel::new(move || assert!(!receive.recv().unwrap().is_over())));
    send.send(envelope.delivery()).unwrap();
    envelope.run();
    assert!(of_first.is_over());
}

#[test]
fn last_watcher_is_woken_once_and_others_are_forgotten() {
    let (pool, _reader) = pool();
    for _ in 0..2 {
        let envelope = pool.take(Parcel::new(|| ())).unwrap();
        let delivery = envelope.delivery();
        let ((earlier, replaced), (last, waker)) = (counting(), counting());
        assert!(!delivery.is_over_or_wakes(&replaced));
        assert!(!delivery.is_over_or_wakes(&waker));
        envelope.run();
        assert_eq!((count(&earlier), count(&last)), (0, 1));
        // Nothing of them is kept.
        drop((replaced, waker));
        assert_eq!((Arc::strong_count(&earlier), Arc::strong_count(&last)), (1, 1));
    }
}

#[test]
fn waker_finds_the_slot_free_again() {
    struct Posts(&'static Pool<Parcel>, AtomicUsize);
    impl Wake for Posts {
        fn wake(self: Arc<Self>) {
            self.1.fetch_add(usize::from(self.0.vacancy().is_some()), Ordering::Relaxed);
        }
    }
    let (pool, _reader) = pool();
    let envelope = pool.take(Parcel::new(|| ())).unwrap();
    let posts = Arc::new(Posts(pool, AtomicUsize::new(0)));
    assert!(!envelope.delivery().is_over_or_wakes(&Waker::from(Arc::clone(&posts))));
    envelope.run();
    assert_eq!(posts.1.load(Ordering::Relaxed), 1);
}

#[test]
fn parcel_that_panics_is_over_and_gives_its_slot_back() {
    let (pool, _reader) = pool();
    let envelope = pool.take(Parcel::new(|| panic!("run"))).unwrap();
    let delivery = envelope.delivery();
    let (woken, waker) = counting();
    assert!(!delivery.is_over_or_wakes(&waker));
    assert!(thread::spawn(move || envelope.run()).join().is_err());
    assert!(delivery.is_over());
    assert_eq!(count(&woken), 1);
    assert!(pool.vacancy().is_some());
}
