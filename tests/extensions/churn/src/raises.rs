//! Raises: what every core does all the time. A core's turn raises each guest once and posts the next turn, so that the core
//! has quiet points.
//!
//! One guest posts to all cores, and a core that loads takes nothing out of its inbox meanwhile. So marks follow those posts, to
//! the same places, and that guest is raised again when they have arrived: a core always has slots left for its own turn.

use alloc::string::String;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use spindle_control::{Control, TextError};
use spindle_event::{Binding, Event, InstallError, Placement, cores};

use crate::OWNER;
use crate::guests::{GUESTS, SPREADER};
use crate::trouble::Trouble;

static TURN: Event<u64> = Event::new("churn-turn", &OWNER);
/// Follows what a core has had posted, with that core's number.
static MARK: Event<usize> = Event::new("churn-mark", &OWNER);

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
    /// What may not be: the guest did not understand, or a core's turn was lost.
    pub(crate) wrong: u64,
}

pub(crate) fn serve(control: Control) -> Result<(), InstallError> {
    let _: Binding = TURN.owned(&OWNER)?.install(move |number| turn(&control, *number))?;
    for placement in [Placement::EachCore, Placement::AnyCore] {
        let _: Binding = MARK.owned(&OWNER)?.bind().install_later(placement, |core| {
            ON_THEIR_WAY[*core % CORES].fetch_sub(1, Ordering::Relaxed);
        })?;
    }
    Ok(())
}

/// Has every core raise until [`end`]. To be called again only when each core has had two turns since that.
pub(crate) fn begin() -> Result<(), Trouble> {
    IS_ON.store(true, Ordering::Relaxed);
    for core in cores::online() {
        TURN.post(core, core.index() as u64).map_err(|_| Trouble::Post(core))?;
    }
    Ok(())
}

/// Every core's next turn is its last.
pub(crate) fn end() {
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
        count(control.raise(name, text)).fetch_add(1, Ordering::Relaxed);
    }
    if are_marks_in {
        ON_THEIR_WAY[here % CORES].store(cores::count() + 1, Ordering::Relaxed);
        MARK.raise(&here);
    }
    if TURN.post(cores::current(), number.wrapping_add(1)).is_err() {
        WRONG.fetch_add(1, Ordering::Relaxed);
    }
}

fn count(outcome: Result<String, TextError>) -> &'static AtomicU64 {
    match outcome {
        Ok(_) => &HITS,
        Err(TextError::Unknown { .. }) => &MISSES,
        Err(TextError::Unreadable { .. }) => &WRONG,
    }
}
