//! A call across domains, over the same call of the same function inside one.

use core::hint::black_box;

use bench_probes::call_from_publisher;
use spindle_console::Console;
use spindle_measure::{call_from_kernel, count};

use crate::figure::Figure;
use crate::report;

/// Calls in one go.
const CALLS: u64 = 1000;

pub(super) fn run(console: &Console) {
    let kernel = || call(spindle_measure::callee);
    let across = per_call(kernel).over(per_call(|| call_from_kernel(CALLS)));
    let operation = "call of a kernel's function from an extension, over the same call from the kernel";
    report(console, "domains/call_kernel", operation, across, Some(0));
    let extension = || call(bench_probes::callee);
    let across = per_call(extension).over(per_call(|| call_from_publisher(CALLS)));
    let operation = "call of an extension's function from another, over the same call from inside";
    report(console, "domains/call_extension", operation, across, Some(0));
}

/// What one of the calls of `calls` costs.
fn per_call(mut calls: impl FnMut()) -> Figure {
    Figure::of_runs(|| count(&mut calls) as i64 * 100 / CALLS as i64)
}

/// Calls `callee` as the loops inside do. Compiled for each of them, so that the calls are direct.
#[inline(never)]
fn call(callee: impl Fn(u64) -> u64) {
    for number in 0..CALLS {
        black_box(callee(black_box(number)));
    }
}
