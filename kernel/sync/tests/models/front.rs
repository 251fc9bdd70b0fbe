//! Front and back: nobody reads what has been freed.

use std::sync::Arc as Plain;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use spindle_sync::{Front, Grace};

/// Memory that outlives its value, so that loom sees a use after the drop as a race and not as a crash.
struct Memory(UnsafeCell<u32>);

// SAFETY: the test is whether accesses are exclusive; loom watches each.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

/// A table; freeing it writes to its memory.
struct Table {
    memory: Plain<Memory>,
    freed: Option<Arc<AtomicUsize>>,
}

impl Table {
    fn new(freed: Option<&Arc<AtomicUsize>>) -> Self {
        let memory = Plain::new(Memory(UnsafeCell::new(0)));
        // SAFETY: nobody else has it yet.
        memory.0.with_mut(|empty| unsafe { *empty = 1 });
        Self { memory, freed: freed.cloned() }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // SAFETY: loom checks that this is exclusive.
        self.memory.0.with_mut(|content| unsafe { *content = 0 });
        if let Some(freed) = &self.freed {
            freed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn read(front: &Front<Table>) {
    // SAFETY: loom checks that no write is concurrent.
    front.with(|table| assert_eq!(table.memory.0.with(|content| unsafe { *content }), 1));
}

#[test]
fn reader_never_reads_what_a_back_has_retired() {
    loom::model(|| {
        let freed = Arc::new(AtomicUsize::new(0));
        // Leaked, as a static would be; loom keeps nothing of it beyond one run.
        let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
        let initial: &'static Table = Box::leak(Box::new(Table::new(None)));
        let front: &'static Front<Table> = Box::leak(Box::new(Front::new(grace, initial)));
        let mut reader = grace.register_thread();
        let writer = {
            let freed = Arc::clone(&freed);
            thread::spawn(move || {
                let mut back = front.back();
                back.replace(Box::new(Table::new(Some(&freed))));
                // The end of the back retires what it has published.
                drop(back);
                grace.reclaim();
                grace.reclaim();
            })
        };
        read(front);
        reader.quiet();
        read(front);
        assert!(writer.join().is_ok());
        drop(reader);
        grace.reclaim();
        grace.reclaim();
        assert_eq!(freed.load(Ordering::Relaxed), 1);
        assert_eq!(grace.pending(), 0);
    });
}
