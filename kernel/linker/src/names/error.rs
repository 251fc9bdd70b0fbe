//! Why a table of function names is refused.

use core::fmt;

/// Why a table of function names is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamesError {
    /// It is shorter than it says.
    Short {
        /// How long it is, in bytes.
        bytes: usize,
    },
    /// An entry does not stand behind the one before it.
    NotRising {
        /// Which one.
        entry: usize,
    },
    /// No whole name stands where an entry says.
    NoName {
        /// Which one.
        entry: usize,
    },
}

impl fmt::Display for NamesError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { bytes } => write!(out, "{bytes} bytes are less than the table says that it has"),
            Self::NotRising { entry } => write!(out, "function {entry} begins before the one before it"),
            Self::NoName { entry } => write!(out, "function {entry} has no whole name"),
        }
    }
}

impl core::error::Error for NamesError {}
