//! A core's timer: set to whatever comes first, an alarm, the end of a budget, a look at the other cores, or one at its own turn, a
//! tick of the strands that run, or the time of one that sleeps.
//!
//! The end of a budget is served in interrupt context, where it is seen what runs (`budget.rs`). An alarm is not: what is due is
//! raised in the run loop (`clock.rs`). A look is served in interrupt context as well, by whoever has said so.
//!
//! This file does not know alarms beyond the earliest of a core, nor who has a budget, nor what is looked at.

use crate::authority::authority;
use crate::{budget, turn};
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
    /// For a look at the other cores. Written by this core only, with interrupts masked or in one.
    look: AtomicU64,
    /// For a look at its own turn. Written by this core only, with interrupts masked or in one.
    turn: AtomicU64,
    /// For a tick of the strands that run. Written by this core only, with interrupts masked or in one.
    strand: AtomicU64,
    /// For those strands that sleep. Written by this core only, with interrupts masked or in one.
    sleeper: AtomicU64,
}

const NEVER: u64 = u64::MAX;

impl Next {
    const fn new() -> Self {
        Self {
            tick: AtomicU64::new(NEVER),
            alarm: AtomicU64::new(NEVER),
            look: AtomicU64::new(NEVER),
            turn: AtomicU64::new(NEVER),
            strand: AtomicU64::new(NEVER),
            sleeper: AtomicU64::new(NEVER),
        }
    }
}

static NEXT: [Next; MAX_CORES] = [const { Next::new() }; MAX_CORES];
static LINE: Once<IntId> = Once::INIT;
/// Looks at the other cores, at so many ticks; whether to look again.
static LOOK: Once<fn(u64) -> bool> = Once::INIT;
/// What is done for strands.
static STRANDS: Once<ForStrands> = Once::INIT;
/// How long from one look to the next.
const LOOK_SECONDS: u64 = 1;

/// Sets this core's timer to whatever comes next, or stops it.
///
/// # Context
/// Any. Takes no lock.
pub(crate) fn set_anew() {
    let _masked = IrqsMasked::enter();
    let next = &NEXT[this_core::index()];
    let looks = next.look.load(Ordering::Relaxed).min(next.turn.load(Ordering::Relaxed));
    let strands = next.strand.load(Ordering::Relaxed).min(next.sleeper.load(Ordering::Relaxed));
    let own = next.tick.load(Ordering::Relaxed).min(looks).min(strands);
    // Acquire: pairs with the release of another core that sets an alarm for this one, and then signals.
    match own.min(next.alarm.load(Ordering::Acquire)) {
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

/// Has this core look at the others from now on, as long as one of them is awake.
///
/// # Context
/// Interrupts masked. Takes no lock.
#[inline]
pub(crate) fn look_out() {
    let next = &NEXT[this_core::index()];
    if next.look.load(Ordering::Relaxed) == NEVER {
        begin_to_look(next);
    }
}

#[cold]
fn begin_to_look(next: &Next) {
    next.look.store(next_look(this_core::ticks()), Ordering::Relaxed);
    set_anew();
}

/// Has this core look at its own turn from now on.
///
/// # Context
/// Interrupts masked. Takes no lock.
pub(crate) fn look_at_turn() {
    NEXT[this_core::index()].turn.store(turn::first_look(this_core::ticks()), Ordering::Relaxed);
    set_anew();
}

/// Has this core look at its own turn as soon as it lets interrupts in.
///
/// # Context
/// Interrupt context.
pub(crate) fn look_soon() {
    NEXT[this_core::index()].turn.store(this_core::ticks(), Ordering::Relaxed);
    set_anew();
}

/// Has this core's timer expire no later than at `deadline`, for the strands that run.
///
/// # Context
/// Interrupts masked. Takes no lock.
#[inline]
pub(crate) fn tick_strands(deadline: u64) {
    bring_forward(&NEXT[this_core::index()].strand, deadline);
}

/// Has this core's timer expire no later than at `deadline`, for the strands that sleep.
///
/// # Context
/// Interrupts masked. Takes no lock.
pub(crate) fn wake_sleepers(deadline: u64) {
    bring_forward(&NEXT[this_core::index()].sleeper, deadline);
}

#[inline]
fn bring_forward(next: &AtomicU64, deadline: u64) {
    if deadline < next.load(Ordering::Relaxed) {
        next.store(deadline, Ordering::Relaxed);
        set_anew();
    }
}

fn next_look(now: u64) -> u64 {
    now.saturating_add(LOOK_SECONDS * this_core::ticks_per_second())
}

/// Whether `core` looks at the others.
pub(crate) fn is_looking(core: CoreId) -> bool {
    NEXT[core.index()].look.load(Ordering::Relaxed) != NEVER
}

/// Says how a core looks at the others, in interrupt context. The first call counts.
pub(crate) fn set_look(look: fn(u64) -> bool) {
    LOOK.call_once(|| look);
}

/// What is done for strands in interrupt context, at so many ticks; each says when to do so again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForStrands {
    /// One that runs is looked at.
    pub(crate) tick: fn(u64) -> u64,
    /// Those that sleep are woken.
    pub(crate) wake_due: fn(u64) -> u64,
}

/// Says what is done for strands. The first call counts.
pub(crate) fn serve_strands(strands: ForStrands) {
    STRANDS.call_once(|| strands);
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
// Apart: other interrupts pay nothing for it.
#[inline(never)]
pub(crate) fn expired(interrupted: &mut Interrupted<'_>) -> bool {
    let now = this_core::ticks();
    let next = &NEXT[this_core::index()];
    if next.tick.load(Ordering::Relaxed) <= now {
        next.tick.store(budget::tick(interrupted, now), Ordering::Relaxed);
    }
    if next.look.load(Ordering::Relaxed) <= now {
        let goes_on = LOOK.get().is_some_and(|look| look(now));
        next.look.store(if goes_on { next_look(now) } else { NEVER }, Ordering::Relaxed);
    }
    if next.turn.load(Ordering::Relaxed) <= now {
        let again = turn::look(interrupted, now);
        next.turn.store(again, Ordering::Relaxed);
        if again != NEVER {
            // Who never sleeps does not begin by that to look at the others.
            look_out();
        }
    }
    let strands = STRANDS.get();
    if next.sleeper.load(Ordering::Relaxed) <= now {
        next.sleeper.store(strands.map_or(NEVER, |strands| (strands.wake_due)(now)), Ordering::Relaxed);
    }
    if next.strand.load(Ordering::Relaxed) <= now {
        next.strand.store(strands.map_or(NEVER, |strands| (strands.tick)(now)), Ordering::Relaxed);
    }
    let is_due = next.alarm.load(Ordering::Acquire) <= now;
    if is_due {
        next.alarm.store(NEVER, Ordering::Relaxed);
    }
    set_anew();
    is_due
}
