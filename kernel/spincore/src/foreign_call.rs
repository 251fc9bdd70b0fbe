//! Foreign call: the kernel calls a function of an extension once, and goes on whatever comes of it.

use spindle_event::End;
use spindle_machine::timer;
use spindle_sync::boundary::{self, Rule};

/// How long an entry may take, in milliseconds: one that sets up a protocol stack takes a few.
pub(crate) const ENTRY_MS: u64 = 10_000;
const MS_PER_SECOND: u64 = 1000;
/// For what has no limit of its own: as long as it likes.
pub(crate) const FOR_EVER_MS: u64 = u64::MAX;
/// A limit that asks for no tick: a timer that is set to the far end of time is no idle one.
const NO_LIMIT: u64 = u64::MAX;

/// Runs `work`, which calls a function at `code`, or several of whoever's for 0, for at most so many milliseconds.
///
/// # Errors
/// How it was given up.
///
/// # Context
/// Not in interrupt context, no lock held.
pub(crate) fn call<T>(code: usize, limit_ms: u64, work: impl FnOnce() -> T) -> Result<T, End> {
    let limit = limit_ms.checked_mul(timer::frequency_hz()).map_or(NO_LIMIT, |ticks| ticks / MS_PER_SECOND);
    let (given, outcome) = boundary::run(code, Rule::Limit(limit), work);
    match (given, outcome.end) {
        (Some(given), _) => Ok(given),
        (None, end) => Err(end.unwrap_or(End::Panicked)),
    }
}
