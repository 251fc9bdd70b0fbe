//! The boundary on the host: unwinding stands for giving up.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use super::End;

/// Nothing to save: the unwinder knows.
pub(super) struct Saved;

impl Saved {
    pub(super) fn new() -> Self {
        Self
    }
}

/// What is thrown in the name of a timer.
struct Overrun;

/// Plays a call that takes too long and is given up by a timer at this point.
pub fn overrun_here() -> ! {
    panic_any(Overrun)
}

pub(super) fn enter<W: FnOnce()>(_: &Saved, work: W) -> Option<End> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(()) => None,
        Err(thrown) if thrown.is::<Overrun>() => Some(End::Overran),
        Err(_) => Some(End::Panicked),
    }
}
