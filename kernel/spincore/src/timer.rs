//! A core's timer: set to whatever comes first, an alarm or the end of a budget.
//!
//! The end of a budget is served in interrupt context, where it is seen what runs (`budget.rs`). An alarm is not: what is due is
//! raised in the run loop (`clock.rs`).
//!
//! This file does not know alarms beyond the earliest of a core, nor who has a budget.

use crate::authority::authority;
use crate::budget;
use core::sync::atomic::{AtomicU64, Ordering};
use spindle_event::CoreId;
use spindle_gic::IntId;
use spindle_machine::exception::Interrupted;
use spindle_machine::timer;
use spindle_sync::this_core::{self, IrqsMasked};
use spindle_sync::{MAX_CORES, Once, boundary};

/// When a core's timer is to expire next, in ticks.
#[repr(align(64))]
struct Next {
    /// For a budget. Written by this core only, with interrupts masked or in one.
    tick: AtomicU64,
    /// For the earliest alarm; never, while what is due waits to be raised. Written under the lock of the core's alarms, but
    /// for the interrupt, behind which the run loop looks again.
    alarm: AtomicU64,
}

const NEVER: u64 = u64::MAX;

static NEXT: [Next; MAX_CORES] =
    [const { Next { tick: AtomicU64::new(NEVER), alarm: AtomicU64::new(NEVER) } }; MAX_CORES];
static LINE: Once<IntId> = Once::INIT;

/// Sets this core's timer to whatever comes next, or stops it.
///
/// # Context
/// Any. Takes no lock.
pub(crate) fn set_anew() {
    let _masked = IrqsMasked::enter();
    let next = &NEXT[this_core::index()];
    // Acquire: pairs with the release of another core that sets an alarm for this one, and then signals.
    match next.tick.load(Ordering::Relaxed).min(next.alarm.load(Ordering::Acquire)) {
        NEVER => timer::disarm(),
        deadline => timer::set_deadline(deadline),
    }
}

/// Notes when the earliest alarm of `core` is due, in ticks. Its timer is still set as it was: see [`set_anew`].
///
/// # Context
/// Under the lock of that core's alarms.
pub(crate) fn set_alarm(core: CoreId, deadline: Option<u64>) {
    NEXT[core.index()].alarm.store(deadline.unwrap_or(NEVER), Ordering::Release);
}

/// Begins to serve budgets, with the interrupt of that line.
pub(crate) fn serve(int_id: IntId) {
    LINE.call_once(|| int_id);
    boundary::set_arm(authority(), arm);
}

/// Has this core's timer expire no later than at `deadline`, for whoever has a budget.
///
/// # Context
/// Any. Takes no lock.
fn arm(deadline: u64) {
    let _masked = IrqsMasked::enter();
    let tick = &NEXT[this_core::index()].tick;
    // Between the asking and here, a tick may have asked for an earlier one.
    tick.store(deadline.min(tick.load(Ordering::Relaxed)), Ordering::Relaxed);
    set_anew();
}

/// Whether `int_id` is the line of each core's timer.
#[inline]
pub(crate) fn is_timer(int_id: IntId) -> bool {
    LINE.get() == Some(&int_id)
}

/// This core's timer has expired: whoever is over its budget is ended. Says whether an alarm is due, for the run loop to raise
/// and then to look what comes next.
///
/// # Context
/// Interrupt context.
pub(crate) fn expired(interrupted: &mut Interrupted<'_>) -> bool {
    let now = this_core::ticks();
    let next = &NEXT[this_core::index()];
    if next.tick.load(Ordering::Relaxed) <= now {
        next.tick.store(budget::tick(interrupted, now), Ordering::Relaxed);
    }
    let is_due = next.alarm.load(Ordering::Acquire) <= now;
    if is_due {
        next.alarm.store(NEVER, Ordering::Relaxed);
    }
    set_anew();
    is_due
}
