//! What a grace promises, one thread at a time.

use alloc::boxed::Box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier};
use std::thread;

use super::{Grace, Next, Retired};
use crate::snapshot::Snapshot;
use crate::{MAX_CORES, this_core};

fn grace() -> &'static Grace {
    Box::leak(Box::new(Grace::new()))
}

#[test]
fn period_without_cores_is_over_at_once() {
    let grace = grace();
    assert!(grace.is_over(&grace.start()));
}

#[test]
fn period_is_over_once_its_core_has_been_quiet() {
    let grace = grace();
    let mut reader = grace.register_thread();
    reader.quiet();
    let ticket = grace.start();
    assert!(!grace.is_over(&ticket));
    reader.quiet();
    assert!(grace.is_over(&ticket));
}

#[test]
fn quiet_point_before_a_period_does_not_end_it() {
    let grace = grace();
    let mut reader = grace.register_thread();
    let first = grace.start();
    reader.quiet();
    let second = grace.start();
    assert!(grace.is_over(&first));
    assert!(!grace.is_over(&second));
}

#[test]
fn period_waits_for_every_core() {
    let grace = grace();
    let mut reader = grace.register_thread();
    let (go, wait) = mpsc::channel::<()>();
    let (ready, is_ready) = mpsc::channel();
    let other = thread::spawn(move || {
        let mut reader = grace.register_thread();
        ready.send(()).unwrap();
        wait.recv().unwrap();
        reader.quiet();
        ready.send(()).unwrap();
        wait.recv().unwrap();
    });
    is_ready.recv().unwrap();
    let ticket = grace.start();
    reader.quiet();
    assert!(!grace.is_over(&ticket));
    go.send(()).unwrap();
    is_ready.recv().unwrap();
    assert!(grace.is_over(&ticket));
    go.send(()).unwrap();
    other.join().unwrap();
}

#[test]
fn core_that_has_left_is_not_waited_for() {
    let grace = grace();
    let reader = grace.register_thread();
    let ticket = grace.start();
    drop(reader);
    assert!(grace.is_over(&ticket));
}

#[test]
fn job_runs_once_and_only_after_the_quiet_point() {
    let grace = grace();
    let mut reader = grace.register_thread();
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    grace.retire(Retired::new(move || {
        counted.fetch_add(1, Ordering::Relaxed);
    }));
    assert_eq!((grace.reclaim(), grace.pending()), (0, 1));
    reader.quiet();
    assert_eq!((grace.reclaim(), grace.pending()), (1, 0));
    reader.quiet();
    assert_eq!(grace.reclaim(), 0);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[test]
fn job_retired_during_a_period_waits_for_the_next() {
    let grace = grace();
    let mut reader = grace.register_thread();
    grace.retire(Retired::new(|| ()));
    assert_eq!(grace.reclaim(), 0);
    grace.retire(Retired::new(|| ()));
    reader.quiet();
    assert_eq!(grace.reclaim(), 1);
    assert_eq!(grace.reclaim(), 0);
    reader.quiet();
    assert_eq!(grace.reclaim(), 1);
}

#[test]
fn job_may_retire_and_reclaim() {
    let grace = grace();
    grace.retire(Retired::new(|| {
        grace.retire(Retired::new(|| ()));
        grace.reclaim();
    }));
    while grace.pending() > 0 {
        grace.reclaim();
    }
    assert_eq!(grace.reclaim(), 0);
}

#[test]
fn retired_job_that_never_reached_a_grace_is_dropped_without_running() {
    let value = Arc::new(());
    let held = Arc::clone(&value);
    drop(Retired::new(move || panic!("run with {} owners", Arc::strong_count(&held))));
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn quiet_and_idle_and_run_are_refused_inside_a_read() {
    let grace = grace();
    let mut reader = grace.register_thread();
    let snapshot = Snapshot::new(grace, &1);
    let ticket = grace.start();
    snapshot.with(|_| {
        assert!(catch_unwind(AssertUnwindSafe(|| reader.quiet())).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| reader.idle())).is_err());
        let run = || -> () { reader.run(|_| Next::Turn) };
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        assert!(!grace.is_over(&ticket));
    });
}

#[test]
fn reader_dropped_inside_a_read_keeps_its_place_for_ever() {
    let grace = grace();
    let reader = grace.register_thread();
    let snapshot = Snapshot::new(grace, &1);
    let ticket = grace.start();
    snapshot.with(|_| drop(reader));
    assert!(!grace.is_over(&ticket));
}

#[test]
fn core_is_registered_once() {
    let grace = grace();
    // SAFETY: this thread alone uses the grace; it reads nothing.
    let _reader = unsafe { grace.register(3) };
    assert_eq!(this_core::index(), 3);
    // SAFETY: as above.
    let again = thread::spawn(|| drop(unsafe { grace.register(3) })).join();
    assert!(again.is_err());
}

#[test]
fn thread_is_one_core_only() {
    let grace = grace();
    let _reader = grace.register_thread();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(grace.register_thread()))).is_err());
    // The refused one has taken no place.
    let other = thread::spawn(|| {
        let _reader = grace.register_thread();
        this_core::index()
    });
    assert_eq!(other.join().unwrap(), 1);
}

#[test]
fn job_that_panics_takes_no_other_with_it() {
    let grace = grace();
    for _ in 0..2 {
        grace.retire(Retired::new(|| panic!("a job")));
    }
    assert_eq!(grace.reclaim(), 0);
    for _ in 0..2 {
        assert!(catch_unwind(AssertUnwindSafe(|| grace.reclaim())).is_err());
    }
    assert_eq!((grace.reclaim(), grace.pending()), (0, 0));
}

#[test]
fn threads_take_free_cores_and_leave_them() {
    let grace = grace();
    for _ in 0..2 * MAX_CORES {
        let _reader = grace.register_thread();
        assert_eq!(this_core::index(), 0);
    }
}

#[test]
fn run_loop_is_quiet_between_turns_and_asleep_when_told() {
    let grace = grace();
    let (turns, turn) = mpsc::channel();
    // Left running when the test ends, as a core's loop is.
    thread::spawn(move || {
        grace.register_thread().run(move |slept| {
            if turns.send(slept.is_some()).is_err() {
                thread::park();
            }
            Next::Sleep(this_core::IrqsMasked::enter())
        })
    });
    assert!(!turn.recv().unwrap());
    assert!(turn.recv().unwrap());
    let ticket = grace.start();
    while !grace.is_over(&ticket) {
        assert!(turn.recv().unwrap());
    }
}

#[test]
fn waiting_for_others_ends_when_they_have_been_quiet() {
    let grace = grace();
    let _this = grace.register_thread();
    let (ready, is_ready) = mpsc::channel();
    let other = thread::spawn(move || {
        let mut reader = grace.register_thread();
        ready.send(()).unwrap();
        for _ in 0..1000 {
            reader.quiet();
            thread::yield_now();
        }
    });
    is_ready.recv().unwrap();
    assert_eq!(grace.wait_for_others(&grace.start()), Ok(()));
    other.join().unwrap();
}

#[test]
fn two_that_wait_for_each_other_do_not_wait_for_ever() {
    let grace = grace();
    let begun = Arc::new(Barrier::new(2));
    let waiters: [_; 2] = core::array::from_fn(|_| {
        let begun = Arc::clone(&begun);
        thread::spawn(move || {
            let _reader = grace.register_thread();
            begun.wait();
            let ticket = grace.start();
            // Neither is quiet from here on, until its thread leaves.
            begun.wait();
            grace.wait_for_others(&ticket)
        })
    });
    let outcomes = waiters.map(|waiter| waiter.join().unwrap());
    assert!(outcomes.iter().any(Result::is_err));
}
