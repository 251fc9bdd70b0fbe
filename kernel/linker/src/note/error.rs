//! Why bytes are not a note.

use core::fmt;

use super::MAX_RECORDS;

/// Why bytes are not a note. Positions are bytes from the note's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteError {
    /// The note ends within a record.
    Truncated {
        /// Where the missing bytes should begin.
        at: usize,
        /// How many should be there.
        needed: usize,
    },
    /// The note begins with something else.
    BadMagic {
        /// What it begins with.
        found: [u8; 4],
    },
    /// The note states more records than [`MAX_RECORDS`].
    TooManyRecords {
        /// Records stated.
        count: u32,
    },
    /// A record of a kind that is not known.
    UnknownKind {
        /// The kind.
        kind: u8,
        /// Where the record begins.
        at: usize,
    },
    /// A name that is empty, too long, or has bytes that are not allowed in it.
    BadName {
        /// Where the record begins.
        at: usize,
    },
    /// A second record where only one can be.
    Twice {
        /// Where the second begins.
        at: usize,
    },
    /// Something stands behind the last record.
    TrailingBytes {
        /// Where it begins.
        at: usize,
        /// How long it is.
        count: usize,
    },
    /// No record names the compiler.
    NoCompiler,
    /// No record names the extension.
    NoExtension,
}

impl fmt::Display for NoteError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { at, needed } => {
                write!(out, "ends within a record: {needed} bytes missing from {at:#x} on")
            }
            Self::BadMagic { found } => write!(out, "begins with `{}`", found.escape_ascii()),
            Self::TooManyRecords { count } => {
                write!(out, "states {count} records, at most {MAX_RECORDS} are read")
            }
            Self::UnknownKind { kind, at } => write!(out, "record at {at:#x} is of unknown kind {kind}"),
            Self::BadName { at } => write!(out, "record at {at:#x} has no usable name"),
            Self::Twice { at } => {
                write!(out, "record at {at:#x} says for a second time what can be said once")
            }
            Self::TrailingBytes { at, count } => {
                write!(out, "{count} bytes behind the last record, at {at:#x}")
            }
            Self::NoCompiler => write!(out, "does not name the compiler"),
            Self::NoExtension => write!(out, "does not name the extension"),
        }
    }
}

impl core::error::Error for NoteError {}
