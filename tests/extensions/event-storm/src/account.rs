//! Account: what was done and what came of it, counted on each core by itself.

use core::sync::atomic::{AtomicU64, Ordering};

use spindle_event::cores;

use crate::CORES;

/// A number that each core counts for itself, so that cores don't wait for each other's cache lines.
pub(crate) struct Count([Line; CORES]);

#[repr(align(64))]
struct Line(AtomicU64);

impl Count {
    pub(crate) const fn new() -> Self {
        Self([const { Line(AtomicU64::new(0)) }; CORES])
    }

    /// Counts so many, done here.
    pub(crate) fn add(&self, count: u64) {
        self.add_of(cores::current().index(), count);
    }

    /// Counts so many, which were due to what that core did.
    pub(crate) fn add_of(&self, core: usize, count: u64) {
        // Release: who sums up and finds all there sees what led to it.
        self.0[core % CORES].0.fetch_add(count, Ordering::Release);
    }

    pub(crate) fn of(&self, core: usize) -> u64 {
        self.0[core % CORES].0.load(Ordering::Acquire)
    }

    pub(crate) fn sum(&self) -> u64 {
        self.0.iter().map(|line| line.0.load(Ordering::Acquire)).sum()
    }

    fn clear(&self) {
        self.0.iter().for_each(|line| line.0.store(0, Ordering::Relaxed));
    }
}

pub(crate) static RAISES: Count = Count::new();
pub(crate) static INSTALLS: Count = Count::new();
pub(crate) static SWAPS: Count = Count::new();
/// What was found that may not be.
pub(crate) static WRONG: Count = Count::new();

/// How often handlers that are always there are to have run, and did.
pub(crate) static DUE: Count = Count::new();
pub(crate) static RAN: Count = Count::new();
/// How many posts went out, and came in.
pub(crate) static SENT: Count = Count::new();
pub(crate) static CAME: Count = Count::new();
/// How often handlers are to run later, and did.
pub(crate) static PUT_OFF: Count = Count::new();
pub(crate) static RAN_LATER: Count = Count::new();

pub(crate) fn clear() {
    let all = [&RAISES, &INSTALLS, &SWAPS, &WRONG, &DUE, &RAN, &SENT, &CAME, &PUT_OFF, &RAN_LATER];
    all.into_iter().for_each(Count::clear);
}

/// Counts as wrong what is not so.
pub(crate) fn check(is_so: bool) {
    if !is_so {
        WRONG.add(1);
    }
}
