//! Errands: handlers that have others do something, and go wrong before, behind or meanwhile.

use core::sync::atomic::{AtomicBool, Ordering};

use miscreant_trial::CHORE;
use spindle_event::{Binding, Budget, CoreId, Event, InstallError, cores};

use crate::{DONE, MISCREANT, deeds, last_core};

/// Raised by who has somebody else do its work.
static ERRAND: Event<u64> = Event::new("miscreant-errand", &MISCREANT);
/// Keeps a core until it is let go.
static HOLD: Event<()> = Event::new("miscreant-hold", &MISCREANT);

/// Whether `HOLD` is to hold.
static HOLDS: AtomicBool = AtomicBool::new(false);

/// Rounds of a long errand: several times what a short budget has room for, one instruction being a nanosecond.
const LONG_ERRAND: u64 = 1_000_000;
/// Rounds behind it: a part of a short budget, and enough for a timer to come.
const SHORT_WORK: u64 = 20_000;
/// How many short errands hound a handler.
const ERRAND_COUNT: u64 = 400;
/// Rounds behind each: longer than the budget of an errand, whose timer comes meanwhile.
const BETWEEN: u64 = 400;
/// What an errand has.
const ERRAND_BUDGET: Budget = Budget::microseconds(100_000_000);
/// What one has that is nothing: its timer comes soon.
const TRIFLE_BUDGET: Budget = Budget::microseconds(1);

/// Has nothing to do.
static TRIFLE: Event<u64> = Event::new("miscreant-trifle", &MISCREANT);

pub(crate) fn serve() -> Result<(), InstallError> {
    let errand = ERRAND.owned(&MISCREANT)?.bind().budget(ERRAND_BUDGET);
    let _: Binding = errand.install(|rounds| {
        deeds::go_round(*rounds);
    })?;
    let _: Binding = TRIFLE.owned(&MISCREANT)?.bind().budget(TRIFLE_BUDGET).install(|_| ())?;
    let _: Binding = HOLD.owned(&MISCREANT)?.install(|()| {
        while HOLDS.load(Ordering::Acquire) {
            cores::relax();
        }
    })?;
    Ok(())
}

/// Whether whoever is held is to be held on.
pub(crate) fn hold(holds: bool) {
    HOLDS.store(holds, Ordering::Release);
}

/// Waits for a core that is held; where there is no other, for itself, which is refused over and over.
pub(crate) fn wait() -> u64 {
    let Ok(posted) = HOLD.post(another_core(), ()) else { return DONE };
    loop {
        // There is nothing to be had from the error but another try.
        let _ = posted.wait();
    }
}

fn another_core() -> CoreId {
    let here = cores::current();
    cores::online().find(|core| *core != here).unwrap_or_else(last_core)
}

/// The handler of `CHORE`: has its own handler's handler do it.
pub(crate) fn delegate(rounds: &u64) {
    ERRAND.raise(rounds);
}

/// Takes longer than its budget, but not by itself.
pub(crate) fn delegates(_: &u64) -> u64 {
    CHORE.raise(&LONG_ERRAND);
    deeds::go_round(SHORT_WORK)
}

/// As `delegates`, and then goes on for ever.
pub(crate) fn relapses(_: &u64) -> u64 {
    CHORE.raise(&LONG_ERRAND);
    deeds::go_round(u64::MAX)
}

/// Is interrupted by the timers of what it has others do.
pub(crate) fn is_hounded(_: &u64) -> u64 {
    for _ in 0..ERRAND_COUNT {
        TRIFLE.raise(&0);
        deeds::go_round(BETWEEN);
    }
    DONE
}
