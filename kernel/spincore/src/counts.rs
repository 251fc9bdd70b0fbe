//! Counts: what each core has done, as numbers that guard nothing.

use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use spindle_event::CoreId;
use spindle_sync::MAX_CORES;

static COUNTS: [Counts; MAX_CORES] = [const { Counts::new() }; MAX_CORES];
/// How many cores there are, whether they run or not.
static CORES: AtomicUsize = AtomicUsize::new(0);

/// What a core has done. Each core writes its own; relaxed, since the numbers guard nothing.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Counts {
    /// Parcels that it has taken out.
    pub(crate) parcels: AtomicU64,
    /// How often it has gone to sleep.
    pub(crate) sleeps: AtomicU64,
    /// Turns in which it has reclaimed memory.
    pub(crate) reclaims: AtomicU64,
    /// Interrupts that it has taken.
    pub(crate) interrupts: AtomicU64,
    /// Whether it looks at its own turns.
    pub(crate) is_looking: AtomicBool,
    /// Whether it sleeps, and a strand would have its core at once. A hint for others.
    pub(crate) is_idle: AtomicBool,
    /// Whether it drops what extensions have left.
    pub(crate) is_tidying: AtomicBool,
}

impl Counts {
    const fn new() -> Self {
        Self {
            parcels: AtomicU64::new(0),
            sleeps: AtomicU64::new(0),
            reclaims: AtomicU64::new(0),
            interrupts: AtomicU64::new(0),
            is_looking: AtomicBool::new(false),
            is_idle: AtomicBool::new(false),
            is_tidying: AtomicBool::new(false),
        }
    }

    /// Those of a core, by its number.
    pub(crate) fn of(core: usize) -> &'static Self {
        &COUNTS[core]
    }
}

/// There is one more core.
///
/// # Context
/// The first core only, before it starts another.
pub(crate) fn enter(core: CoreId) {
    CORES.store(core.index() + 1, Ordering::Relaxed);
}

/// How many cores there are, whether they run or not: those of others need not be looked at.
#[inline]
pub(crate) fn cores() -> usize {
    CORES.load(Ordering::Relaxed)
}

/// A core that sleeps, if there is one. Stale at once.
pub(crate) fn idle_core() -> Option<usize> {
    COUNTS.iter().take(cores()).position(|counts| counts.is_idle.load(Ordering::Relaxed))
}

/// Adds one to a number that only this core writes.
pub(crate) fn add_one(count: &AtomicU64) {
    count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// How many interrupts `core` has taken.
pub(crate) fn interrupts(core: CoreId) -> u64 {
    Counts::of(core.index()).interrupts.load(Ordering::Relaxed)
}

/// How many parcels `core` has taken out of its inbox, and how often it has gone to sleep.
pub(crate) fn counts(core: CoreId) -> (u64, u64) {
    let counts = Counts::of(core.index());
    (counts.parcels.load(Ordering::Relaxed), counts.sleeps.load(Ordering::Relaxed))
}

/// How many turns of `core` did something and are over, up to a constant, and how often it has gone to sleep.
pub(crate) fn turns(core: CoreId) -> (u64, u64) {
    let (parcels, sleeps) = counts(core);
    (parcels + Counts::of(core.index()).reclaims.load(Ordering::Relaxed), sleeps)
}
