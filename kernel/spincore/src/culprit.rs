//! Culprit: whose code was given up last on each core. Noted where that is found, in interrupt context too, and read where it is told.

use crate::authority::authority;
use core::sync::atomic::{AtomicU32, Ordering};
use spindle_domain::DomainId;
use spindle_sync::{MAX_CORES, this_core};

/// Number of the domain; zero for none. Relaxed: each core reads its own.
static CULPRIT: [AtomicU32; MAX_CORES] = [const { AtomicU32::new(0) }; MAX_CORES];

/// Notes whose code is given up on this core.
///
/// # Context
/// Any.
pub(crate) fn note(culprit: Option<DomainId>) {
    let number = culprit.map_or(0, |culprit| culprit.number());
    CULPRIT[this_core::index()].store(number, Ordering::Relaxed);
}

/// Whose code was given up last on this core.
///
/// # Context
/// Any.
pub(crate) fn noted() -> Option<DomainId> {
    let number = CULPRIT[this_core::index()].load(Ordering::Relaxed);
    (number != 0).then(|| DomainId::new(authority(), number))
}
