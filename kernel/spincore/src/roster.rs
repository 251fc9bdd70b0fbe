//! The roster: which cores the machine has, by which affinity, and which of them came.
//!
//! Written by the first core before it starts the others; read by whoever reports on cores. Whether a core runs is not kept
//! here: it does when it takes posts.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use spindle_control::CoreState;
use spindle_event::CoreId;
use spindle_sync::MAX_CORES;

/// Affinities by core number, as MPIDR_EL1 gives them.
static AFFINITIES: [AtomicU64; MAX_CORES] = [const { AtomicU64::new(0) }; MAX_CORES];
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
    Some(core)
}

/// The cores with their affinities, and whether they run.
pub(crate) fn list() -> impl Iterator<Item = (CoreId, u64, CoreState)> {
    (0..COUNT.load(Ordering::Acquire)).filter_map(CoreId::new).map(|core| {
        let state = if core.is_online() { CoreState::Online } else { CoreState::Failed };
        (core, AFFINITIES[core.index()].load(Ordering::Relaxed), state)
    })
}

/// Cores that are entered and do not run.
pub(crate) fn missing() -> impl Iterator<Item = CoreId> {
    list().filter(|(_, _, state)| *state == CoreState::Failed).map(|(core, _, _)| core)
}
