//! Snapshot and grace: nobody reads what has been freed, and what can be freed is.

use std::sync::Arc as Plain;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use spindle_sync::grace::Reader;
use spindle_sync::{Grace, Snapshot};

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
    fn new(content: u32, freed: Option<&Arc<AtomicUsize>>) -> Self {
        let memory = Plain::new(Memory(UnsafeCell::new(0)));
        // Written here and not above, so that loom sees who made the table.
        // SAFETY: nobody else has it yet.
        memory.0.with_mut(|empty| unsafe { *empty = content });
        Self { memory, freed: freed.cloned() }
    }

    fn read(&self) -> u32 {
        // SAFETY: loom checks that no write is concurrent.
        self.memory.0.with(|content| unsafe { *content })
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

/// One grace and one snapshot that holds a boxed table, the first of those that `freed` counts.
fn setting(freed: &Arc<AtomicUsize>) -> (&'static Grace, Arc<Snapshot<Table>>) {
    // Leaked, as a static would be; loom keeps nothing of it beyond one run.
    let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
    let nothing: &'static Table = Box::leak(Box::new(Table::new(1, None)));
    let snapshot = Arc::new(Snapshot::new(grace, nothing));
    snapshot.replace(Box::new(Table::new(2, Some(freed))));
    (grace, snapshot)
}

/// Publishes one more table and tries to free what it replaced.
fn publish(grace: &Grace, snapshot: &Snapshot<Table>, freed: &Arc<AtomicUsize>) {
    replace(snapshot, freed);
    // The first begins the period, the second ends it if every core has been quiet by then.
    grace.reclaim();
    grace.reclaim();
}

/// Publishes one more table.
fn replace(snapshot: &Snapshot<Table>, freed: &Arc<AtomicUsize>) {
    snapshot.replace(Box::new(Table::new(3, Some(freed))));
}

/// What a reader sees is some table that is not freed.
fn read(snapshot: &Snapshot<Table>) {
    snapshot.with(|table| assert_ne!(table.read(), 0));
}

fn only_replaced_table_is_freed_in_the_end(grace: &Grace, freed: &Arc<AtomicUsize>) {
    grace.reclaim();
    grace.reclaim();
    assert_eq!(freed.load(Ordering::Relaxed), 1);
    assert_eq!(grace.pending(), 0);
}

/// Runs `turns` on a core that was there before the writer began, beside that writer.
fn beside_a_writer(turns: impl Fn(&mut Reader, &Snapshot<Table>) + Send + Sync + 'static) {
    loom::model(move || {
        let freed = Arc::new(AtomicUsize::new(0));
        let (grace, snapshot) = setting(&freed);
        let mut reader = grace.register_thread();
        let writer = {
            let (snapshot, freed) = (Arc::clone(&snapshot), Arc::clone(&freed));
            thread::spawn(move || publish(grace, &snapshot, &freed))
        };
        turns(&mut reader, &snapshot);
        assert!(writer.join().is_ok());
        drop(reader);
        only_replaced_table_is_freed_in_the_end(grace, &freed);
    });
}

#[test]
fn reader_that_announces_quiet_never_reads_a_freed_table() {
    beside_a_writer(|reader, snapshot| {
        read(snapshot);
        reader.quiet();
        read(snapshot);
    });
}

#[test]
fn reader_that_was_idle_never_reads_a_freed_table() {
    beside_a_writer(|reader, snapshot| {
        read(snapshot);
        reader.idle();
        read(snapshot);
    });
}

#[test]
fn reader_that_comes_late_never_reads_a_freed_table() {
    loom::model(|| {
        let freed = Arc::new(AtomicUsize::new(0));
        let (grace, snapshot) = setting(&freed);
        let reader = {
            let snapshot = Arc::clone(&snapshot);
            thread::spawn(move || {
                let _reader = grace.register_thread();
                read(&snapshot);
            })
        };
        publish(grace, &snapshot, &freed);
        reader.join().unwrap();
        only_replaced_table_is_freed_in_the_end(grace, &freed);
    });
}

#[test]
fn idle_reader_holds_up_no_period() {
    loom::model(|| {
        let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
        let reader = thread::spawn(move || grace.register_thread().idle());
        let ticket = grace.start();
        while !grace.is_over(&ticket) {
            thread::yield_now();
        }
        reader.join().unwrap();
    });
}

#[test]
fn two_readers_are_both_waited_for() {
    let mut model = loom::model::Builder::new();
    // Three threads: every interleaving with at most three forced switches, which is one more than each known
    // bug of this protocol needs.
    model.preemption_bound = Some(3);
    model.check(|| {
        let freed = Arc::new(AtomicUsize::new(0));
        let (grace, snapshot) = setting(&freed);
        let readers: [_; 2] = core::array::from_fn(|_| {
            let snapshot = Arc::clone(&snapshot);
            thread::spawn(move || {
                let mut reader = grace.register_thread();
                reader.quiet();
                read(&snapshot);
            })
        });
        publish(grace, &snapshot, &freed);
        for reader in readers {
            reader.join().unwrap();
        }
        only_replaced_table_is_freed_in_the_end(grace, &freed);
    });
}

#[test]
fn two_writers_free_each_table_once() {
    let mut model = loom::model::Builder::new();
    // As above.
    model.preemption_bound = Some(3);
    model.check(|| {
        let freed = Arc::new(AtomicUsize::new(0));
        let (grace, snapshot) = setting(&freed);
        let writers: [_; 2] = core::array::from_fn(|_| {
            let (snapshot, freed) = (Arc::clone(&snapshot), Arc::clone(&freed));
            thread::spawn(move || publish(grace, &snapshot, &freed))
        });
        for writer in writers {
            writer.join().unwrap();
        }
        // A batch that began its period late is followed by one more.
        grace.reclaim();
        grace.reclaim();
        grace.reclaim();
        assert_eq!(freed.load(Ordering::Relaxed), 2);
        assert_eq!(grace.pending(), 0);
    });
}

#[test]
fn table_made_and_retired_on_one_core_is_freed_on_another() {
    loom::model(|| {
        let freed = Arc::new(AtomicUsize::new(0));
        let (grace, snapshot) = setting(&freed);
        let writer = {
            let (snapshot, freed) = (Arc::clone(&snapshot), Arc::clone(&freed));
            thread::spawn(move || {
                replace(&snapshot, &freed);
                replace(&snapshot, &freed);
            })
        };
        grace.reclaim();
        grace.reclaim();
        writer.join().unwrap();
        // What came in late waits for what was on its way.
        grace.reclaim();
        grace.reclaim();
        grace.reclaim();
        assert_eq!(freed.load(Ordering::Relaxed), 2);
    });
}
