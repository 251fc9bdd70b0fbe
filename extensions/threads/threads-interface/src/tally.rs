//! Tally: how many threads the package has begun, and how many of them run.

use core::sync::atomic::{AtomicU64, Ordering};

// Relaxed: they order nothing.
static BEGUN: AtomicU64 = AtomicU64::new(0);
static OVER: AtomicU64 = AtomicU64::new(0);

/// How many threads there were and are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// So many were begun.
    pub begun: u64,
    /// So many of them have not ended. One that was ended without its destructors counts until it is joined, or for ever when it is
    /// detached: nobody tells of its end.
    pub running: u64,
}

/// How many threads there are.
#[must_use]
#[inline(never)]
pub fn tally() -> Tally {
    // First those that are over: none is before it was begun.
    let over = OVER.load(Ordering::Relaxed);
    let begun = BEGUN.load(Ordering::Relaxed);
    Tally { begun, running: begun.saturating_sub(over) }
}

/// One more is begun.
#[inline(never)]
pub(crate) fn begin() {
    BEGUN.fetch_add(1, Ordering::Relaxed);
}

/// One is over.
#[inline(never)]
pub(crate) fn end() {
    OVER.fetch_add(1, Ordering::Relaxed);
}
