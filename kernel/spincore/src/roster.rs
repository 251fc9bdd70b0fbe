//! The roster: which cores the machine has, by which affinity, and which of them came.
//!
//! Written by the first core before it starts the others; read by whoever reports on cores. Whether a core runs is not kept
//! here: it does when it takes posts.

use crate::{counts, lookout};
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use spindle_control::CoreState;
use spindle_event::CoreId;
use spindle_sync::MAX_CORES;

/// Affinities by core number, as MPIDR_EL1 gives them.
static AFFINITIES: [AtomicU64; MAX_CORES] = [const { AtomicU64::new(0) }; MAX_CORES];
/// Cores that nobody need wait for, by bit. Written and read by the first core only; relaxed.
static REFUSED: AtomicU32 = AtomicU32::new(0);
/// How many cores are entered.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Enters the next core; none when there is no number left for it.
///
/// # Context
/// The first core only, before it starts another.
pub(crate) fn enter(affinity: u64) -> Option<CoreId> {
    let core = CoreId::new(COUNT.load(Ordering::Relaxed))?;
    AFFINITIES[core.index()].store(affinity, Ordering::Relaxed);
    // Release: the affinity comes before whoever sees the core entered.
    COUNT.store(core.index() + 1, Ordering::Release);
    counts::enter(core);
    Some(core)
}

/// Notes that `core` could not be asked to start.
///
/// # Context
/// The first core only.
pub(crate) fn refuse(core: CoreId) {
    REFUSED.fetch_or(1 << core.index(), Ordering::Relaxed);
}

/// The cores with their affinities, and whether they run.
pub(crate) fn list() -> impl Iterator<Item = (CoreId, u64, CoreState)> {
    (0..COUNT.load(Ordering::Acquire)).filter_map(CoreId::new).map(|core| {
        let state = match core.is_online() {
            false => CoreState::Failed,
            true if lookout::is_stuck(core) => CoreState::Stuck,
            true => CoreState::Online,
        };
        (core, AFFINITIES[core.index()].load(Ordering::Relaxed), state)
    })
}

/// Cores that were asked to start and do not run, with their affinities.
///
/// # Context
/// The first core only.
pub(crate) fn missing() -> impl Iterator<Item = (CoreId, u64)> {
    let refused = REFUSED.load(Ordering::Relaxed);
    list()
        .filter(move |(core, _, state)| *state == CoreState::Failed && refused & 1 << core.index() == 0)
        .map(|(core, affinity, _)| (core, affinity))
}
