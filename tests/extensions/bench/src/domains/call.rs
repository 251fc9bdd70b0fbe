//! A call across domains, over the same call of the same function inside one.

use core::hint::black_box;

use spindle_console::Console;
use spindle_measure::{call_from_kernel, callee, count};

use crate::figure::Figure;
use crate::report;

/// Calls in one go.
const CALLS: u64 = 1000;

pub(super) fn run(console: &Console) {
    let per_call = |count: u64| count as i64 * 100 / CALLS as i64;
    let inside = Figure::of_runs(|| per_call(count(|| call_from_kernel(CALLS))));
    let across = Figure::of_runs(|| per_call(count(|| call_from_here(CALLS))));
    let operation = "call of a kernel's function from an extension, over the same call from the kernel";
    report(console, "domains/call_kernel", operation, across.over(inside), Some(0));
}

/// As [`call_from_kernel`], compiled into this extension.
#[inline(never)]
fn call_from_here(times: u64) {
    for number in 0..times {
        black_box(callee(black_box(number)));
    }
}
