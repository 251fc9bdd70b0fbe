//! The clock: serves `spindle_clock` with one heap of alarms and one hardware timer a core.
//!
//! An alarm lives on the core that it expires on; that core alone reads and sets its timer. When it expires, what is due is
//! posted like any other interrupt: it is found and raised in the run loop, then the timer is set to what comes next. Another
//! core that sets an earlier alarm says so with [`Signal::Alarm`]. `timer.rs` sets the timer itself.
//!
//! Deadlines are kept in nanoseconds and turned into ticks when the timer is set, so that a period that is no whole number of
//! ticks does not drift.

mod alarm_heap;

use crate::authority::{KERNEL, authority};
use crate::interrupt::{self, Arrival, Signal};
use crate::{ticks, timer};
use alarm_heap::AlarmHeap;
use core::num::NonZeroU64;
use core::ops::Range;
use spindle_clock::{Counter, EXPIRED, Expiry, Request, TimerError, TimerId, ticks_to_ns};
use spindle_event::{CoreId, Event, InstallError, cores};
use spindle_machine::timer as machine_timer;
use spindle_sync::{Lock, MAX_CORES, this_core};

/// Shortest period, in nanoseconds: a core that serves nothing else keeps up with it.
const MINIMUM_PERIOD_NS: u64 = 10_000;
/// Most alarms of one core; bounds how long its heap is locked.
const MAX_ALARMS: usize = 1024;

/// The timer of a core has expired. Raised in its run loop.
pub(crate) static TIMER: Event<Arrival> = Event::new("timer-interrupt", &KERNEL);

/// Lock order: before the heap's lock.
static ALARMS: [Lock<AlarmHeap<TimerId>>; MAX_CORES] = [const { Lock::new(AlarmHeap::new()) }; MAX_CORES];

/// Begins to serve the clock.
///
/// # Errors
/// [`InstallError`] when it is served already.
pub(crate) fn serve() -> Result<(), InstallError> {
    // Stays installed for ever: a dropped binding does.
    let _ = TIMER.owned(&KERNEL)?.install(|_| expire())?;
    let counter =
        Counter { now_ticks: machine_timer::now_ticks, frequency_hz: machine_timer::frequency_hz() };
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
            timer::set_alarm(core, Some(ticks::at(deadline_ns)));
        }
        is_earliest
    };
    match is_earliest {
        false => {}
        true if core == cores::current() => timer::set_anew(),
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
    {
        // Locked: an earlier alarm that comes in between is noted after this one, and signals this core.
        let alarms = ALARMS[this_core::index()].lock();
        let next = alarms.next_deadline_ns().map(ticks::at);
        timer::set_alarm(cores::current(), next);
    }
    timer::set_anew();
}

fn now_ns() -> u64 {
    ticks_to_ns(machine_timer::now_ticks(), machine_timer::frequency_hz())
}
