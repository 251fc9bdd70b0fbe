//! A function that an extension publishes, to be called by that extension itself and by another.

use core::hint::black_box;

/// Gives its argument back. Never inlined: what it costs to call it is what a call costs.
#[inline(never)]
pub fn callee(number: u64) -> u64 {
    black_box(number)
}

/// Calls [`callee`] so many times from where it is itself.
#[inline(never)]
pub fn call_from_publisher(times: u64) {
    for number in 0..times {
        black_box(callee(black_box(number)));
    }
}
