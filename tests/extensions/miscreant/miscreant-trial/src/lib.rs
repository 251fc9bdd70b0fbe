//! Events on which it is tried what becomes of a handler that fails: the raiser in one domain, the handlers in another.
//!
//! The raiser says by [`ARRANGE`] how the next raises of [`DEED`] are to go wrong; whoever plays the other domain installs
//! handlers that do. What a handler returns that comes to its end is added up, so the raiser sees who did.

#![no_std]

use core::fmt;
use core::str::FromStr;

use spindle_event::{Any, Event, Owner, Sum};

/// Owns what is declared here.
static TRIAL: Owner = Owner::new();

/// What goes wrong. The argument is passed on to whatever is raised in turn.
pub static DEED: Event<u64, u64, Sum> = Event::new("deed", &TRIAL).open_to_all();

/// What who fails has others do meanwhile. The argument is nothing to anybody.
pub static CHORE: Event<u64> = Event::new("chore", &TRIAL).open_to_all();

/// Asks the other domain to have exactly this misdeed on [`DEED`]. The result says whether it has.
pub static ARRANGE: Event<Misdeed, bool, Any> = Event::new("deed-arrange", &TRIAL).open_to_all();

/// A way to go wrong, or to do well where others did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misdeed {
    /// Nobody is there.
    Nothing,
    /// Goes round in its own code.
    Loop,
    /// Writes to the console without end.
    Write,
    /// Formats and allocates without end.
    Format,
    /// Waits for another core without end, without sleeping.
    Relax,
    /// Waits for a post that is never over.
    Wait,
    /// Goes round in its own code, later and on the last core.
    Later,
    /// Panics in so many words.
    Panic,
    /// Reads behind the end of an array.
    Bounds,
    /// Takes what is not there.
    Unwrap,
    /// Panics with a message that does not come to an end.
    Babble,
    /// Its guard goes round in its own code.
    GuardLoop,
    /// Its guard formats without end.
    GuardFormat,
    /// Its guard panics.
    GuardPanic,
    /// Panics with no budget, behind a guard that says yes.
    Guarded,
    /// Has a handler with a larger budget do what takes longer than its own.
    Delegate,
    /// The same, and goes round for ever when that is done.
    Relapse,
    /// Has others do so little that their timers come when it has its turn again.
    Hounded,
}

/// All of them, with the words by which they are asked for.
const WORDS: [(&str, Misdeed); 18] = [
    ("nothing", Misdeed::Nothing),
    ("loop", Misdeed::Loop),
    ("write", Misdeed::Write),
    ("format", Misdeed::Format),
    ("relax", Misdeed::Relax),
    ("wait", Misdeed::Wait),
    ("later", Misdeed::Later),
    ("panic", Misdeed::Panic),
    ("bounds", Misdeed::Bounds),
    ("unwrap", Misdeed::Unwrap),
    ("babble", Misdeed::Babble),
    ("guard-loop", Misdeed::GuardLoop),
    ("guard-format", Misdeed::GuardFormat),
    ("guard-panic", Misdeed::GuardPanic),
    ("guarded", Misdeed::Guarded),
    ("delegate", Misdeed::Delegate),
    ("relapse", Misdeed::Relapse),
    ("hounded", Misdeed::Hounded),
];

/// No misdeed is called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMisdeed;

impl fmt::Display for NoMisdeed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the misdeeds are:")?;
        WORDS.iter().try_for_each(|(word, _)| write!(out, " {word}"))
    }
}

impl core::error::Error for NoMisdeed {}

impl FromStr for Misdeed {
    type Err = NoMisdeed;

    fn from_str(text: &str) -> Result<Self, NoMisdeed> {
        WORDS.iter().find(|(word, _)| *word == text).map(|(_, misdeed)| *misdeed).ok_or(NoMisdeed)
    }
}

impl fmt::Display for Misdeed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WORDS.iter().find(|(_, misdeed)| misdeed == self).map_or("", |(word, _)| word);
        out.write_str(word)
    }
}
