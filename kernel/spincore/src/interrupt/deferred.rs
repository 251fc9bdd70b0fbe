//! Interrupts for which the core had no slot to post with: kept aside, served by the run loop.
//!
//! That takes every slot of the core being on its way at once, the kernel's own included. The line of a deferred interrupt
//! stays active, so each occurs here once at most; the rest of the walk is not lost, only later.
//!
//! Each core has a place of its own, which no other core touches. The run loop takes the lock with interrupts masked, so in
//! interrupt context it is free: nothing waits.

use core::sync::atomic::{AtomicBool, Ordering};
use spindle_sync::{Lock, MAX_CORES, Parcel, this_core};

/// How many lines of one core can be kept. More than a core has in use.
const CAPACITY: usize = 8;

struct Deferred {
    /// Relaxed: written and read by one core.
    is_any: AtomicBool,
    /// Lock order: nothing else is locked while this is held. Of one core; never waited for.
    parcels: Lock<[Option<Parcel>; CAPACITY]>,
}

static DEFERRED: [Deferred; MAX_CORES] =
    [const { Deferred { is_any: AtomicBool::new(false), parcels: Lock::new([const { None }; CAPACITY]) } };
        MAX_CORES];

/// Keeps `parcel` for the run loop of this core.
///
/// # Context
/// Interrupt context.
pub(super) fn defer(parcel: Parcel) {
    let deferred = &DEFERRED[this_core::index()];
    if let Some(mut parcels) = deferred.parcels.try_lock()
        && let Some(place) = parcels.iter_mut().find(|place| place.is_none())
    {
        *place = Some(parcel);
        deferred.is_any.store(true, Ordering::Relaxed);
    }
}

/// Runs what was kept aside for this core.
///
/// # Context
/// The run loop.
#[inline]
pub(crate) fn serve_deferred() {
    // The remainder changes nothing: a core's number is below it. It spares the check of the index.
    let deferred = &DEFERRED[this_core::index() % MAX_CORES];
    if deferred.is_any.load(Ordering::Relaxed) {
        serve(deferred);
    }
}

/// Whether something is kept aside for this core.
#[inline]
pub(crate) fn is_any_deferred() -> bool {
    DEFERRED[this_core::index() % MAX_CORES].is_any.load(Ordering::Relaxed)
}

#[cold]
fn serve(deferred: &Deferred) {
    deferred.is_any.store(false, Ordering::Relaxed);
    let parcels = core::mem::replace(&mut *deferred.parcels.lock(), [const { None }; CAPACITY]);
    parcels.into_iter().flatten().for_each(Parcel::run);
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, defer, serve_deferred};
    use alloc::sync::Arc;
    use core::sync::atomic::{AtomicUsize, Ordering};
    use spindle_sync::{GRACE, Parcel};

    #[test]
    fn what_is_kept_aside_runs_once_and_makes_room_again() {
        let _this_thread_is_a_core = GRACE.register_thread();
        let ran = Arc::new(AtomicUsize::new(0));
        for round in 1..=3 {
            for _ in 0..CAPACITY {
                let ran = ran.clone();
                defer(Parcel::new(move || {
                    ran.fetch_add(1, Ordering::Relaxed);
                }));
            }
            serve_deferred();
            serve_deferred();
            assert_eq!(ran.load(Ordering::Relaxed), round * CAPACITY);
        }
    }
}
