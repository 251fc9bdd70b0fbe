//! Lookout: whether each core that is awake still lets interrupts in.
//!
//! A core that goes to sleep while another is awake looks at the others once a second, until all of them sleep; so does one
//! that has been awake for a second (`timer.rs`). An interrupt
//! that a core takes, a parcel that it takes out and a sleep are signs of life, which are counted anyway. Who is awake is
//! asked for one by a signal, so a core that is merely busy shows one with its next instruction. A core that shows none for
//! [`PATIENCE_SECONDS`] keeps its interrupts masked, or has no power: it is named, once, and again when it is back.
//!
//! Nobody is woken to be looked at: who sleeps is well. Nothing is done about a core that is stuck, since what it holds is not
//! known.
//!
//! This file does not know what a core does.

use crate::interrupt::{self, Signal};
use crate::{counts, log, timer, uptime};
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use spindle_event::{CoreId, cores};
use spindle_sync::{MAX_CORES, Parcel, this_core};

/// How long a core that is awake may show no sign of life. Far longer than the kernel ever keeps interrupts masked.
const PATIENCE_SECONDS: u64 = 2;
/// More signs of life than a core ever shows.
const UNSEEN: u64 = u64::MAX;
const NS_PER_SECOND: u64 = 1_000_000_000;
const NS_PER_US: u64 = 1_000;

static SEEN: [Seen; MAX_CORES] = [const { Seen::new() }; MAX_CORES];

/// What was last seen of a core. Several cores may look at one: each word stands for itself, and two that disagree look again.
#[derive(Debug)]
struct Seen {
    /// How many signs of life there were.
    signs: AtomicU64,
    /// When the last of them was first seen, in ticks.
    at_ticks: AtomicU64,
    is_stuck: AtomicBool,
}

impl Seen {
    const fn new() -> Self {
        Self { signs: AtomicU64::new(UNSEEN), at_ticks: AtomicU64::new(0), is_stuck: AtomicBool::new(false) }
    }
}

/// What a look at a core amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It sleeps, has not begun, or has shown a sign since the last look.
    Well,
    /// It has shown none for less than the patience.
    Silent,
    /// It has shown none for so long.
    Stuck,
}

/// Judges a core by its signs now and those seen `silent_ticks` ago.
fn judge(is_well: bool, signs: u64, seen: u64, silent_ticks: u64, patience_ticks: u64) -> Verdict {
    match is_well || signs != seen {
        true => Verdict::Well,
        false if silent_ticks < patience_ticks => Verdict::Silent,
        false => Verdict::Stuck,
    }
}

/// Whether `core` was found to take no interrupts, and has taken none since.
pub(crate) fn is_stuck(core: CoreId) -> bool {
    let seen = &SEEN[core.index()];
    // Relaxed: the words guard nothing.
    seen.is_stuck.load(Ordering::Relaxed) && seen.signs.load(Ordering::Relaxed) == signs_of(core)
}

/// Begins to look.
pub(crate) fn serve() {
    timer::set_look(look);
}

/// Looks at the other cores; whether to look again. Not when all of them sleep, nor when one of them that sleeps looks as well.
///
/// # Context
/// Interrupt context.
fn look(now: u64) -> bool {
    let this = cores::current();
    let mut is_anyone_awake = false;
    let mut is_other_looking = false;
    for core in cores::online().filter(|core| *core != this) {
        let is_asleep = core.is_asleep();
        is_other_looking |= is_asleep && core < this && timer::is_looking(core);
        is_anyone_awake |= !is_asleep;
        look_at(core, is_asleep, now);
    }
    is_anyone_awake && !is_other_looking
}

fn look_at(core: CoreId, is_asleep: bool, now: u64) {
    let (seen, signs) = (&SEEN[core.index()], signs_of(core));
    let at_ticks = seen.at_ticks.load(Ordering::Relaxed);
    let silent_ticks = now.saturating_sub(at_ticks);
    // One without any sign has not come to its run loop yet.
    let is_well = is_asleep || signs == 0;
    let has_changed =
        match judge(is_well, signs, seen.signs.load(Ordering::Relaxed), silent_ticks, patience_ticks()) {
            Verdict::Well => {
                seen.at_ticks.store(now, Ordering::Relaxed);
                seen.signs.store(signs, Ordering::Relaxed);
                seen.is_stuck.swap(false, Ordering::Relaxed)
            }
            Verdict::Silent => false,
            Verdict::Stuck => !seen.is_stuck.swap(true, Ordering::Relaxed),
        };
    if has_changed {
        let is_stuck = seen.is_stuck.load(Ordering::Relaxed);
        let news = News { core, is_stuck, last_sign_ns: uptime::at_ns(at_ticks) };
        interrupt::post_rest(Parcel::new(move || log::warn(format_args!("{news}"))));
    }
    if !is_well {
        // Any signal is a sign; this one asks for nothing else.
        interrupt::signal(core, Signal::Wake);
    }
}

fn patience_ticks() -> u64 {
    PATIENCE_SECONDS * this_core::ticks_per_second()
}

/// How many signs of life `core` has shown.
fn signs_of(core: CoreId) -> u64 {
    let (parcels, sleeps) = counts::counts(core);
    counts::interrupts(core).wrapping_add(parcels).wrapping_add(sleeps)
}

/// What has changed about a core.
#[derive(Clone, Copy, Debug)]
struct News {
    core: CoreId,
    is_stuck: bool,
    last_sign_ns: u64,
}

impl fmt::Display for News {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { core, is_stuck, last_sign_ns } = *self;
        if !is_stuck {
            return write!(out, "core {core} takes interrupts again");
        }
        let (s, us) = (last_sign_ns / NS_PER_SECOND, last_sign_ns % NS_PER_SECOND / NS_PER_US);
        write!(
            out,
            "core {core} has not answered for {PATIENCE_SECONDS} s: it masks interrupts since {s}.{us:06} s or later"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{News, Verdict, judge};
    use alloc::string::ToString;
    use spindle_event::CoreId;

    #[test]
    fn a_core_is_stuck_when_it_is_awake_and_shows_no_sign_for_long() {
        assert_eq!(judge(false, 7, 7, 20, 20), Verdict::Stuck);
        assert_eq!(judge(false, 7, 7, 19, 20), Verdict::Silent);
    }

    #[test]
    fn a_core_that_sleeps_or_has_shown_a_sign_is_well() {
        assert_eq!(judge(true, 7, 7, 1000, 20), Verdict::Well);
        assert_eq!(judge(false, 8, 7, 1000, 20), Verdict::Well);
    }

    #[test]
    fn a_stuck_core_is_named_with_the_time_of_its_last_sign() {
        let news =
            |is_stuck| News { core: CoreId::FIRST, is_stuck, last_sign_ns: 12_000_034_000 }.to_string();
        assert!(news(true).starts_with("core 0 has not answered for 2 s"), "{}", news(true));
        assert!(news(true).contains("since 12.000034 s"), "{}", news(true));
        assert_eq!(news(false), "core 0 takes interrupts again");
    }
}
