//! Raises: what every core does all the time, ten thousand times a second if it can: a timer has it raise each guest once.
//!
//! Not without a pause, so that machines with more cores than their host go on as well.
//!
//! One guest posts to all cores, and a core that loads takes nothing out of its inbox meanwhile. So marks follow those posts, to
//! the same places, and that guest is raised again when they have arrived: a core always has slots left for what comes next.

use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use spindle_clock::{Timer, TimerError};
use spindle_control::{Control, TextError};
use spindle_event::{Binding, Event, InstallError, Placement, cores};

use crate::OWNER;
use crate::guests::{GUESTS, SPREADER};

/// Follows what a core has had posted, with that core's number.
static MARK: Event<usize> = Event::new("churn-mark", &OWNER);

const PERIOD_NS: u64 = 100_000;

/// Most cores that take part.
const CORES: usize = 32;
/// By core: how many of its marks are on their way. Only a count, so `Relaxed` is enough.
static ON_THEIR_WAY: [AtomicUsize; CORES] = [const { AtomicUsize::new(0) }; CORES];

/// Numbers that guests know, and some that they don't.
const TEXTS: [&str; 7] = ["0", "7", "9", "80", "443", "4100", "70000"];

// What is counted guards nothing, so `Relaxed` is enough for it.
static IS_ON: AtomicBool = AtomicBool::new(false);
static HITS: AtomicU64 = AtomicU64::new(0);
static MISSES: AtomicU64 = AtomicU64::new(0);
static WRONG: AtomicU64 = AtomicU64::new(0);

/// What came of all raises.
pub(crate) struct Account {
    /// They reached the guest.
    pub(crate) hits: u64,
    /// There was nobody of that name.
    pub(crate) misses: u64,
    /// What may not be: the guest did not understand.
    pub(crate) wrong: u64,
}

pub(crate) fn serve() -> Result<(), InstallError> {
    for placement in [Placement::EachCore, Placement::AnyCore] {
        let _: Binding = MARK.owned(&OWNER)?.bind().install_later(placement, |core| {
            ON_THEIR_WAY[*core % CORES].fetch_sub(1, Ordering::Relaxed);
        })?;
    }
    Ok(())
}

/// A timer for each core, by which it raises from [`resume`] to [`pause`].
pub(crate) fn timers(control: Control) -> Result<Vec<Timer>, TimerError> {
    let start = |core| Timer::periodic(core, PERIOD_NS, move |expiry| turn(&control, expiry.count()));
    cores::online().map(start).collect()
}

/// Every core raises from now on.
pub(crate) fn resume() {
    IS_ON.store(true, Ordering::Relaxed);
}

/// No core raises after its present turn.
pub(crate) fn pause() {
    IS_ON.store(false, Ordering::Relaxed);
}

pub(crate) fn clear() {
    [&HITS, &MISSES, &WRONG].into_iter().for_each(|count| count.store(0, Ordering::Relaxed));
}

pub(crate) fn account() -> Account {
    let [hits, misses, wrong] = [&HITS, &MISSES, &WRONG].map(|count| count.load(Ordering::Relaxed));
    Account { hits, misses, wrong }
}

fn turn(control: &Control, number: u64) {
    if !IS_ON.load(Ordering::Relaxed) {
        return;
    }
    let here = cores::current().index();
    let are_marks_in = ON_THEIR_WAY[here % CORES].load(Ordering::Relaxed) == 0;
    let text = TEXTS[number as usize % TEXTS.len()];
    for name in GUESTS.into_iter().filter(|name| are_marks_in || *name != SPREADER) {
        count(&control.raise(name, text)).fetch_add(1, Ordering::Relaxed);
    }
    if are_marks_in {
        ON_THEIR_WAY[here % CORES].store(cores::count() + 1, Ordering::Relaxed);
        MARK.raise(&here);
    }
}

fn count(outcome: &Result<String, TextError>) -> &'static AtomicU64 {
    match outcome {
        Ok(_) => &HITS,
        Err(TextError::Unknown { .. }) => &MISSES,
        Err(TextError::Unreadable { .. } | TextError::GivenUp { .. }) => &WRONG,
    }
}
