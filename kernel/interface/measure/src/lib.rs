//! Measure: what a piece of code costs, counted where it runs.
//!
//! Counts are those of the core's performance monitor: exact under QEMU's `-icount`, and otherwise what the machine
//! says. This crate does not know benchmarks; it reads the counter, and has the queue and the calls
//! that they count.
#![no_std]

#[cfg(test)]
extern crate std;

mod queue;

pub use queue::Queue;

use core::hint::black_box;

use spindle_sync::boundary::{self, Rule};
use spindle_sync::this_core;

/// Instructions this core has executed since the counter was started, modulo 2^64. Zero where nothing counts.
///
/// # Context
/// Any. The counter is this core's own: compare only readings of one core.
#[inline(always)]
pub fn instructions() -> u64 {
    this_core::instructions()
}

/// The machine's counter, which is the same on all cores, in ticks.
///
/// # Context
/// Any.
#[inline(always)]
pub fn ticks() -> u64 {
    this_core::ticks()
}

/// Whether a tick is a nanosecond, which is how long an instruction takes where they are counted: then ticks say how many
/// instructions passed from one core's reading to another's.
pub fn ticks_count_instructions() -> bool {
    this_core::ticks_per_second() == 1_000_000_000
}

/// Gives its argument back. Never inlined: what it costs to call it is what a call costs.
///
/// # Context
/// Any.
#[inline(never)]
pub fn callee(number: u64) -> u64 {
    black_box(number)
}

/// Calls [`callee`] so many times out of the kernel's own code.
///
/// # Context
/// Any.
#[inline(never)]
pub fn call_from_kernel(times: u64) {
    for number in 0..times {
        black_box(callee(black_box(number)));
    }
}

/// Calls a function so many times by its address.
///
/// # Context
/// Any.
#[inline(never)]
pub fn call_indirectly(times: u64) {
    let function: extern "C" fn(&mut u64) = black_box(count_one);
    let mut count = 0;
    (0..times).for_each(|_| function(&mut count));
}

/// The same, each call within a boundary of its own, without a limit.
///
/// # Context
/// Not in interrupt context.
#[inline(never)]
pub fn call_within_boundaries(times: u64) {
    let function: extern "C-unwind" fn(&mut u64) = black_box(count_one_within);
    let (code, mut count) = (function as *const () as usize, 0);
    (0..times).for_each(|_| {
        black_box(boundary::call(code, u64::MAX, function, &mut count));
    });
}

/// The same by way of a closure that gives something.
///
/// # Context
/// Not in interrupt context.
#[inline(never)]
pub fn run_within_boundaries(times: u64) {
    let function: extern "C" fn(&mut u64) = black_box(count_one);
    let (code, mut count) = (function as *const () as usize, 0);
    (0..times).for_each(|_| {
        let call = || {
            function(&mut count);
            count
        };
        black_box(boundary::run(code, Rule::Limit(u64::MAX), call).0);
    });
}

extern "C" fn count_one(count: &mut u64) {
    *count += 1;
}

extern "C-unwind" fn count_one_within(count: &mut u64) {
    *count += 1;
}

/// Runs `work` and says how many instructions passed from before it to behind it, the reading itself included.
///
/// # Context
/// Any. What interrupts `work` is counted too.
#[inline(always)]
pub fn count(work: impl FnOnce()) -> u64 {
    let before = instructions();
    work();
    instructions().wrapping_sub(before)
}

#[cfg(test)]
mod tests {
    #[test]
    fn counting_runs_the_work_once() {
        let mut runs = 0;
        let _count = super::count(|| runs += 1);
        assert_eq!(runs, 1);
    }
}
