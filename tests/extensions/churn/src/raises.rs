//! Raises: what every core does all the time. A core's turn raises each guest once and posts the next turn, so that the core
//! has quiet points.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use spindle_control::{Control, TextError};
use spindle_event::{Binding, Event, InstallError, cores};

use crate::OWNER;
use crate::guests::GUESTS;
use crate::trouble::Trouble;

static TURN: Event<u64> = Event::new("churn-turn", &OWNER);

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
    let text = TEXTS[number as usize % TEXTS.len()];
    for name in GUESTS {
        let count = match control.raise(name, text) {
            Ok(_) => &HITS,
            Err(TextError::Unknown { .. }) => &MISSES,
            Err(TextError::Unreadable { .. }) => &WRONG,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
    if TURN.post(cores::current(), number.wrapping_add(1)).is_err() {
        WRONG.fetch_add(1, Ordering::Relaxed);
    }
}
