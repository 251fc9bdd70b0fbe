//! Area `containment`: from a failure in another domain to the raise's going on.
//!
//! What is counted is the whole raise: it does nothing else. Of a recursion it is what follows the last call that has begun. What is
//! to be told of it is put into the inbox, and told and written to the log in later turns.

use core::cell::Cell;
use core::hint::black_box;
use core::sync::atomic::Ordering;

use bench_probes::{FAILING, Failing, STAMP};
use spindle_console::Console;
use spindle_domain::Mutex;
use spindle_measure::{
    call_indirectly, call_within_boundaries, count, instructions, run_within_boundaries,
    ticks_count_instructions,
};

use crate::figure::Figure;
use crate::report;

pub(crate) fn run(console: &Console) {
    if !ticks_count_instructions() {
        return;
    }
    calls(console);
    let rows = [
        (
            Failing::Panic,
            "containment/panic",
            "panic to the raise's going on, six frames with destructors",
            300_000,
        ),
        (Failing::Frame, "containment/fault", "fault to the raise's going on, without destructors", 20_000),
    ];
    for (failing, id, operation, limit) in rows {
        let fail = || count(|| FAILING.raise(&failing)) as i64 * 100;
        let _warm: i64 = fail();
        report(console, id, operation, Figure::of_runs(fail), Some(limit));
    }
    let overflow = || {
        FAILING.raise(&Failing::Recursion);
        instructions().wrapping_sub(STAMP.load(Ordering::Relaxed)) as i64 * 100
    };
    let _warm: i64 = overflow();
    let operation = "stack overflow by recursion to the raise's going on";
    report(console, "containment/overflow", operation, Figure::of_runs(overflow), Some(30_000));
}

/// What it costs to be ready for a failure that does not come.
fn calls(console: &Console) {
    let batch = |call: fn(u64)| Figure::of_runs(|| count(|| call(100)) as i64);
    let bare = batch(call_indirectly);
    let operation = "call within a boundary of its own, over a bare indirect one";
    let boundary = batch(call_within_boundaries).over(bare);
    report(console, "containment/boundary", operation, boundary, Some(40));
    let operation = "the same, of a closure that gives something";
    report(console, "containment/boundary_result", operation, batch(run_within_boundaries).over(bare), None);
    let mutex = Mutex::new(0_u64);
    let value = Cell::new(0_u64);
    let bare = Figure::of(|| value.set(black_box(value.get() + 1)));
    let held = Figure::of(|| {
        let _ = mutex.with(|value| *value = black_box(*value + 1));
    });
    report(
        console,
        "containment/mutex",
        "take a mutex that nobody holds, and open it",
        held.over(bare),
        None,
    );
}
