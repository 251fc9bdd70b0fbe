//! The clock: serves `spindle_clock` with one heap of alarms and one hardware timer a core.
//!
//! An alarm lives on the core that it expires on; that core alone reads and sets its timer. When it expires, what is due is
//! posted like any other interrupt: it is found and raised in the run loop, then the timer is set to what comes next. Another
//! core that sets an earlier alarm says so with [`Signal::Alarm`]. The same timer ends what is over its budget, in interrupt
//! context: see `budget.rs`.
//!
//! Deadlines are kept in nanoseconds and turned into ticks when the timer is set, so that a period that is no whole number of
//! ticks does not drift.

mod alarm_heap;

use crate::authority::{KERNEL, authority};
use crate::budget;
use crate::interrupt::{self, Arrival, Signal};
use alarm_heap::AlarmHeap;
use core::num::NonZeroU64;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};
use spindle_clock::{Counter, EXPIRED, Expiry, Request, TimerError, TimerId, ticks_to_ns};
use spindle_event::{CoreId, Event, InstallError, cores, mailbox};
use spindle_gic::IntId;
use spindle_machine::exception::Interrupted;
use spindle_machine::timer;
use spindle_sync::this_core::{self, IrqsMasked};
use spindle_sync::{Lock, MAX_CORES, Once, Parcel, boundary};

/// Shortest period, in nanoseconds: a core that serves nothing else keeps up with it.
const MINIMUM_PERIOD_NS: u64 = 10_000;
/// Most alarms of one core; bounds how long its heap is locked.
const MAX_ALARMS: usize = 1024;
const NS_PER_SECOND: u128 = 1_000_000_000;

/// The timer of a core has expired. Raised in its run loop.
pub(crate) static TIMER: Event<Arrival> = Event::new("timer-interrupt", &KERNEL);

/// Lock order: before the heap's lock.
static ALARMS: [Lock<AlarmHeap<TimerId>>; MAX_CORES] = [const { Lock::new(AlarmHeap::new()) }; MAX_CORES];

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

/// Begins to serve the clock.
///
/// # Errors
/// [`InstallError`] when it is served already.
pub(crate) fn serve() -> Result<(), InstallError> {
    // Stays installed for ever: a dropped binding does.
    let _ = TIMER.owned(&KERNEL)?.install(|_| expire())?;
    boundary::set_arm(authority(), arm);
    let counter = Counter { now_ticks: timer::now_ticks, frequency_hz: timer::frequency_hz() };
    spindle_clock::serve(authority(), counter, answer)
}

/// Takes out every alarm that belongs to code in `code`; says how many there were.
pub(crate) fn withdraw(code: &Range<usize>) -> usize {
    ALARMS.iter().map(|alarms| alarms.lock().withdraw(code)).sum()
}

/// Does what a timer's holder asks.
fn answer(request: &Request) -> Result<(), TimerError> {
    match *request {
        Request::Start { timer, core, delay_ns, period_ns, owner_code } => {
            start(core, timer, delay_ns, period_ns, owner_code)
        }
        Request::Cancel { timer } => {
            // The core is not named; one of them has it, or it has expired.
            let _ = ALARMS.iter().any(|alarms| alarms.lock().cancel(timer));
            Ok(())
        }
    }
}

fn start(
    core: CoreId,
    name: TimerId,
    delay_ns: u64,
    period_ns: Option<u64>,
    owner_code: usize,
) -> Result<(), TimerError> {
    let too_short = |period_ns| TimerError::TooShort { period_ns, minimum_ns: MINIMUM_PERIOD_NS };
    let period_ns = match period_ns {
        Some(short) if short < MINIMUM_PERIOD_NS => return Err(too_short(short)),
        period => period.and_then(NonZeroU64::new),
    };
    if !core.is_online() {
        return Err(TimerError::Offline { core });
    }
    let is_earliest = {
        let mut alarms = ALARMS[core.index()].lock();
        if alarms.len() >= MAX_ALARMS {
            return Err(TimerError::TooMany { limit: MAX_ALARMS });
        }
        let deadline_ns = now_ns().saturating_add(delay_ns);
        alarms.set(name, owner_code, deadline_ns, period_ns);
        let is_earliest = alarms.next_deadline_ns() == Some(deadline_ns);
        if is_earliest {
            NEXT[core.index()].alarm.store(to_ticks(deadline_ns), Ordering::Release);
        }
        is_earliest
    };
    match is_earliest {
        false => {}
        true if core == cores::current() => set_anew(),
        true => interrupt::signal(core, Signal::Alarm),
    }
    Ok(())
}

/// Raises what is due on this core, then sets its timer to what comes next.
fn expire() {
    let core = cores::current();
    let now_ns = now_ns();
    // One at a time, since no lock is held while handlers run; and only up to `now_ns`, so that it ends.
    while let Some(due) = take_due(core, now_ns) {
        EXPIRED.raise(&Expiry::new(authority(), due.name, core, due.count));
    }
    set_timer();
}

fn take_due(core: CoreId, now_ns: u64) -> Option<alarm_heap::Due<TimerId>> {
    ALARMS[core.index()].lock().take_due(now_ns)
}

/// Notes this core's earliest alarm, and sets its timer.
fn set_timer() {
    let core = this_core::index();
    {
        // Locked: an earlier alarm that comes in between is noted after this one, and signals this core.
        let alarms = ALARMS[core].lock();
        let next = alarms.next_deadline_ns().map_or(NEVER, to_ticks);
        NEXT[core].alarm.store(next, Ordering::Release);
    }
    set_anew();
}

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

/// Has this core's timer expire no later than at `deadline`, for whoever has a budget.
///
/// # Context
/// Any. Takes no lock.
fn arm(deadline: u64) {
    let _masked = IrqsMasked::enter();
    NEXT[this_core::index()].tick.store(deadline, Ordering::Relaxed);
    set_anew();
}

/// Whether `int_id` is the line of each core's timer.
#[inline]
pub(crate) fn is_timer(int_id: IntId) -> bool {
    LINE.get() == Some(&int_id)
}

/// Says which line that is.
pub(crate) fn set_line(int_id: IntId) {
    LINE.call_once(|| int_id);
}

/// This core's timer has expired: whoever is over its budget is ended here, what is due of alarms is raised in the run loop.
///
/// # Context
/// Interrupt context.
pub(crate) fn interrupted(interrupted: &mut Interrupted<'_>) {
    let now = this_core::ticks();
    let next = &NEXT[this_core::index()];
    if next.tick.load(Ordering::Relaxed) <= now {
        next.tick.store(budget::tick(interrupted, now), Ordering::Relaxed);
    }
    if next.alarm.load(Ordering::Acquire) <= now {
        // Until the run loop has raised what is due, and looked what comes next.
        next.alarm.store(NEVER, Ordering::Relaxed);
        post();
    }
    set_anew();
}

/// Has the run loop of this core raise what is due.
fn post() {
    let parcel = Parcel::new(|| {
        if let Some(int_id) = LINE.get() {
            TIMER.raise(&Arrival { int_id: *int_id });
        }
    });
    if let Err(full) = mailbox::post_parcel(authority(), cores::current(), parcel) {
        interrupt::defer(full.into_event());
    }
}

fn to_ticks(deadline_ns: u64) -> u64 {
    ns_to_ticks(deadline_ns, timer::frequency_hz())
}

fn now_ns() -> u64 {
    ticks_to_ns(timer::now_ticks(), timer::frequency_hz())
}

/// The first tick at which `ns` have passed.
fn ns_to_ticks(ns: u64, frequency_hz: u64) -> u64 {
    let ticks = (u128::from(ns) * u128::from(frequency_hz)).div_ceil(NS_PER_SECOND);
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::ns_to_ticks;
    use spindle_clock::ticks_to_ns;

    #[test]
    fn a_deadline_in_ticks_is_never_early() {
        for frequency_hz in [1_000_000, 54_000_000, 62_500_000, 1_000_000_000] {
            for ns in [0, 1, 15, 16, 17, 999_999_999, 1_000_000_001, 86_400_000_000_000] {
                let ticks = ns_to_ticks(ns, frequency_hz);
                assert!(ticks_to_ns(ticks, frequency_hz) >= ns.saturating_sub(1));
                assert!(ticks == 0 || ticks_to_ns(ticks - 1, frequency_hz) < ns);
            }
        }
    }

    #[test]
    fn a_deadline_beyond_the_end_of_time_is_the_end_of_time() {
        assert_eq!(ns_to_ticks(u64::MAX, u64::MAX), u64::MAX);
    }
}
