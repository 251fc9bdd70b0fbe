//! Events that are handled by whoever holds an office: the load in one domain, the holder in another, of which one version
//! follows the other.
//!
//! The load sends letters and chores and asks questions; the holder does what is due and can give account of it. So it shows
//! whether one was lost, or done twice, while versions changed.

#![no_std]

use spindle_event::{Collect, Event, Owner, Sum};

/// Owns what is declared here.
static OFFICE: Owner = Owner::new();

/// Most cores that take part.
pub const OFFICE_CORES: usize = 32;

/// What is posted. Numbers of one sender to one receiver follow each other, from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Index of the core that sent it.
    pub from: u8,
    /// Index of the core that it is for.
    pub to: u8,
    /// The number.
    pub number: u32,
}

/// What a holder has done, with what those before it had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Letters that came in.
    pub letters: u64,
    /// Chores that were done.
    pub chores: u64,
    /// Notes that it has posted to itself.
    pub notes_sent: u64,
    /// Those that came in.
    pub notes: u64,
    /// Letters out of their order.
    pub wrong: u64,
    /// How many holders there were before.
    pub before: u64,
}

/// A letter, posted to the core that it is for.
pub static LETTER: Event<Letter> = Event::new("office-letter", &OFFICE).open_to_all();

/// Something to be done later, on any core.
pub static CHORE: Event<()> = Event::new("office-chore", &OFFICE).open_to_all();

/// The answer says which version holds the office: 1, or 2^32. A sum of several says that they were several.
pub static QUESTION: Event<(), u64, Sum> = Event::new("office-question", &OFFICE).open_to_all();

/// Asks for an account.
pub static ACCOUNT: Event<(), Account, Collect> = Event::new("office-account", &OFFICE).open_to_all();
