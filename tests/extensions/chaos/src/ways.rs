//! Ways: how the culprit can fail so that the kernel has to contain it, how likely each is, and how often it was taken.

use core::fmt;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use spindle_control::{Control, TextError};

use crate::dice;

/// Who fails.
pub(crate) const CULPRIT: &str = "culprit";
/// The name by which it is made to.
const FAIL: &str = "fail";

/// By name, with how often it is taken of [`ALL`] times. What takes long is rare.
const WAYS: [(&str, u64); 19] = [
    ("panic", 8),
    ("deep", 8),
    ("destructor", 8),
    ("bounds", 8),
    ("division", 8),
    ("callback", 8),
    ("recursion", 8),
    ("huge-frame", 8),
    ("abort", 8),
    ("hoard", 4),
    ("bindings", 1),
    ("posts", 4),
    ("loop", 2),
    ("wait", 2),
    ("guard-loop", 2),
    ("guard-panic", 8),
    ("drip", 8),
    ("at-unload", 4),
    ("loop-at-unload", 1),
];

const ALL: u64 = {
    let (mut sum, mut at) = (0, 0);
    while at < WAYS.len() {
        sum += WAYS[at].1;
        at += 1;
    }
    sum
};

/// How often each way is taken in turn before the dice choose.
const ROUNDS: usize = 2;

// What is counted guards nothing, so `Relaxed` is enough for it.
static TURN: AtomicUsize = AtomicUsize::new(0);
static TAKEN: [AtomicU64; WAYS.len()] = [const { AtomicU64::new(0) }; WAYS.len()];
static MISREAD: AtomicU64 = AtomicU64::new(0);

pub(crate) fn clear() {
    TURN.store(0, Ordering::Relaxed);
    TAKEN.iter().chain([&MISREAD]).for_each(|count| count.store(0, Ordering::Relaxed));
}

/// Has the culprit fail on this core, which is `here`, if it is there.
pub(crate) fn fail(control: &Control, here: usize) {
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    let way = if turn < ROUNDS * WAYS.len() { turn % WAYS.len() } else { pick(dice::roll(here, ALL)) };
    match control.raise(FAIL, WAYS[way].0) {
        Ok(_) => TAKEN[way].fetch_add(1, Ordering::Relaxed),
        // It is on its way out.
        Err(TextError::Unknown { .. }) => return,
        Err(TextError::Unreadable { .. } | TextError::GivenUp { .. }) => {
            MISREAD.fetch_add(1, Ordering::Relaxed)
        }
    };
}

fn pick(roll: u64) -> usize {
    let mut left = roll;
    for (at, (_, share)) in WAYS.iter().enumerate() {
        if left < *share {
            return at;
        }
        left -= share;
    }
    0
}

/// Whether each way has been taken in turn.
pub(crate) fn are_all_known() -> bool {
    TURN.load(Ordering::Relaxed) >= ROUNDS * WAYS.len()
}

/// How often the culprit has failed.
pub(crate) fn failures() -> u64 {
    TAKEN.iter().map(|count| count.load(Ordering::Relaxed)).sum()
}

/// How often the culprit did not know a way.
pub(crate) fn misread() -> u64 {
    MISREAD.load(Ordering::Relaxed)
}

/// How often each way was taken.
pub(crate) struct Tally;

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, ((name, _), taken)) in WAYS.iter().zip(&TAKEN).enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(out, "{comma}{name} {}", taken.load(Ordering::Relaxed))?;
        }
        Ok(())
    }
}
