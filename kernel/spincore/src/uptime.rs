//! Uptime: how long ago the kernel was entered.
//!
//! The counter itself may have run for longer: firmware came before.

use core::sync::atomic::{AtomicU64, Ordering};
use spindle_clock::ticks_to_ns;
use spindle_machine::timer;

/// The counter when the kernel was entered. Written once by the first core before the others start; relaxed.
static ENTERED_AT_TICKS: AtomicU64 = AtomicU64::new(0);

/// Remembers that the kernel is entered now.
pub(crate) fn begin() {
    ENTERED_AT_TICKS.store(timer::now_ticks(), Ordering::Relaxed);
}

/// Nanoseconds since the kernel was entered.
///
/// # Context
/// Any.
pub(crate) fn now_ns() -> u64 {
    at_ns(timer::now_ticks())
}

/// Nanoseconds from when the kernel was entered to when the counter stood at `ticks`.
///
/// # Context
/// Any.
pub(crate) fn at_ns(ticks: u64) -> u64 {
    let since = ticks.saturating_sub(ENTERED_AT_TICKS.load(Ordering::Relaxed));
    ticks_to_ns(since, timer::frequency_hz())
}

/// Microseconds that the system counter has run: since reset where nothing came before the kernel, as in emulation.
///
/// # Context
/// Any.
pub(crate) fn counter_us() -> u64 {
    ticks_to_ns(timer::now_ticks(), timer::frequency_hz()) / 1000
}
