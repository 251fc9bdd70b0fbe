//! Counts: what a binding's handler has done, as far as it is counted.
//!
//! How often it had to be ended is always counted. How often it runs, and for how long, is counted while its event is traced:
//! that is what others' raisers don't pay for.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use spindle_sync::boundary::End;

/// Of one binding. Relaxed: numbers that guard nothing.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    runs: AtomicU64,
    ticks: AtomicU64,
    worst: AtomicU64,
    overruns: AtomicU32,
    panics: AtomicU32,
    faults: AtomicU32,
}

/// What a binding's handler has done while it was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How often it ran, to its end or not.
    pub runs: u64,
    /// How long all runs took together, in ticks of the machine's counter.
    pub ticks: u64,
    /// How long the longest run took, in ticks.
    pub worst_ticks: u64,
    /// How often it, or its guard, was ended for taking too long.
    pub overruns: u32,
    /// How often it, or its guard, was ended by a panic.
    pub panics: u32,
    /// How often it, or its guard, was ended by a fault of the machine, a full stack for one.
    pub faults: u32,
}

impl Counts {
    #[inline]
    pub(crate) fn add(&self, ticks: u64) {
        self.runs.fetch_add(1, Ordering::Relaxed);
        self.ticks.fetch_add(ticks, Ordering::Relaxed);
        if ticks > self.worst.load(Ordering::Relaxed) {
            self.worst.fetch_max(ticks, Ordering::Relaxed);
        }
    }

    /// One failure more; says how many there are of all kinds.
    pub(crate) fn strike(&self, end: End) -> u32 {
        let kind = match end {
            End::Overran | End::Lingered => &self.overruns,
            End::Panicked => &self.panics,
            End::Faulted | End::Overflowed => &self.faults,
        };
        kind.fetch_add(1, Ordering::Relaxed);
        [&self.overruns, &self.panics, &self.faults].iter().map(|kind| kind.load(Ordering::Relaxed)).sum()
    }

    pub(crate) fn read(&self) -> Counted {
        Counted {
            runs: self.runs.load(Ordering::Relaxed),
            ticks: self.ticks.load(Ordering::Relaxed),
            worst_ticks: self.worst.load(Ordering::Relaxed),
            overruns: self.overruns.load(Ordering::Relaxed),
            panics: self.panics.load(Ordering::Relaxed),
            faults: self.faults.load(Ordering::Relaxed),
        }
    }
}
