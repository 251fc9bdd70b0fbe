//! Atomic reference: who finds it there sees what was written before it was put there.

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use spindle_sync::AtomicRef;

#[test]
fn who_finds_a_reference_sees_what_was_written_before() {
    loom::model(|| {
        let word: &'static AtomicRef<AtomicUsize> = Box::leak(Box::new(AtomicRef::none()));
        let first: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
        let next: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
        first.store(1, Ordering::Relaxed);
        word.put(Some(first));
        let writer = thread::spawn(move || {
            next.store(2, Ordering::Relaxed);
            word.put(Some(next));
            word.put(None);
        });
        if let Some(found) = word.get() {
            let expected = if core::ptr::eq(found, first) { 1 } else { 2 };
            assert_eq!(found.load(Ordering::Relaxed), expected);
        }
        writer.join().unwrap();
        assert!(word.get().is_none());
    });
}
