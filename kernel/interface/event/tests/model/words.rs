//! The words of a history, and what its handlers do.

use spindle_event::Rank;

/// What an installer asks for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) form: Form,
    pub(crate) rank: Rank,
    /// Its own guard lets only arguments from here on pass.
    pub(crate) from: Option<u8>,
    pub(crate) keys: Vec<(Key, Pattern)>,
    pub(crate) has_budget: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Handler,
    Default,
    Filter,
    Later,
}

/// Keys of arguments from 0 to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Value,
    Parity,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Pattern {
    Equal(u8),
    OneOf(u8, u8),
    Range(u8, u8),
    /// The first so many of the four bits; only of a value.
    Prefix(u8, u32),
}

/// What a handler does with the arguments, by its number.
pub(crate) fn altered(number: usize, args: u8) -> u8 {
    (args + 1 + number as u8 % 5) % 16
}

pub(crate) fn claims(number: usize, args: u8) -> bool {
    (number + usize::from(args)).is_multiple_of(3)
}

impl Pattern {
    pub(crate) fn holds(self, args: u8) -> bool {
        match self {
            Self::Equal(only) => args == only,
            Self::OneOf(one, other) => args == one || args == other,
            Self::Range(first, last) => (first..=last).contains(&args),
            Self::Prefix(value, bits) => u32::from(args ^ value) >> (4 - bits) == 0,
        }
    }
}
