//! Ring: each value comes once, whoever awaits is told of, and nothing stays in a ring that is closed.

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::sync::{Arc, Notify};
use loom::thread;
use spindle_sync::ring;

#[test]
fn two_put_in_and_each_value_comes_once() {
    loom::model(|| {
        let (to, mut from) = ring(2, ());
        let other = to.clone();
        let putter = thread::spawn(move || other.put(Box::new(1)).is_ok());
        assert!(to.put(Box::new(2)).is_ok());
        assert!(putter.join().unwrap());
        let [first, second] = [from.take(), from.take()].map(|value| *value.unwrap());
        assert_eq!(first + second, 3);
        assert!(from.take().is_none());
    });
}

#[test]
fn who_awaits_a_value_is_told_or_finds_it() {
    loom::model(|| {
        let (to, mut from) = ring(1, (AtomicBool::new(false), Notify::new()));
        let putter = thread::spawn(move || {
            if to.put(Box::new(1)).unwrap() {
                assert!(to.shared().0.load(Ordering::Relaxed), "what was written before the mark is seen");
                to.shared().1.notify();
            }
        });
        from.shared().0.store(true, Ordering::Relaxed);
        let value = loop {
            match from.take() {
                Some(value) => break value,
                None if from.wait() => from.shared().1.wait(),
                None => thread::yield_now(),
            }
        };
        assert_eq!(*value, 1);
        putter.join().unwrap();
    });
}

#[test]
fn a_place_is_used_again_when_its_value_was_taken_out() {
    loom::model(|| {
        let (to, mut from) = ring(1, ());
        let putter = thread::spawn(move || {
            let put = [to.put(Box::new(1)), to.put(Box::new(2))];
            put.iter().filter(|put| put.is_ok()).count()
        });
        let taken = (0..2).filter_map(|_| from.take()).count();
        let put = putter.join().unwrap();
        let rest = core::iter::from_fn(|| from.take()).count();
        assert_eq!(taken + rest, put);
    });
}

#[test]
fn nothing_stays_in_a_ring_that_is_closed() {
    loom::model(|| {
        let value = Arc::new(());
        let (to, from) = ring(2, ());
        let mine = value.clone();
        let putter = thread::spawn(move || {
            let refused = to.put(mine).is_err();
            assert!(!refused || to.is_closed());
            to
        });
        drop(from);
        let to = putter.join().unwrap();
        assert_eq!(Arc::strong_count(&value), 1);
        drop(to);
    });
}

#[test]
fn who_awaits_anew_has_what_it_wrote_before_seen() {
    loom::model(|| {
        let (to, mut from) = ring(1, AtomicUsize::new(0));
        let putter = thread::spawn(move || {
            let is_told = to.put(Box::new(1)).unwrap();
            is_told.then(|| to.shared().load(Ordering::Relaxed))
        });
        from.shared().store(1, Ordering::Relaxed);
        let waits = from.wait();
        from.shared().store(2, Ordering::Relaxed);
        let waits_anew = from.wait();
        let seen = putter.join().unwrap();
        assert_eq!(seen.is_some(), waits);
        assert!(!waits_anew || seen == Some(2));
    });
}
