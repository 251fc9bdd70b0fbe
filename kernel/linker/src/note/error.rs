//! Why bytes are not a note.

use core::fmt;

use super::{MAX_PUBLISHED_SYMBOLS, MAX_RECORDS};

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
    /// A crate that the extension is compiled against and publishes.
    ImportedAndPublished {
        /// Where the second of the two records begins.
        at: usize,
    },
    /// A published crate without a digest: anything could be linked to it unseen.
    NoDigest {
        /// Where the record begins.
        at: usize,
    },
    /// More published symbols than [`MAX_PUBLISHED_SYMBOLS`].
    TooManySymbols {
        /// How many in one record, or in all.
        count: usize,
    },
    /// The hash of a published symbol is smaller than that of the one before.
    NotSorted {
        /// Where the record begins.
        at: usize,
        /// Number of the symbol in the record, from 0.
        index: usize,
    },
    /// A symbol is published twice, by one crate or by two.
    SymbolTwice {
        /// Its hash.
        hash: u64,
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
            Self::ImportedAndPublished { at } => {
                write!(out, "record at {at:#x} makes one crate both imported and published")
            }
            Self::NoDigest { at } => write!(out, "record at {at:#x} publishes a crate without a digest"),
            Self::TooManySymbols { count } => {
                write!(out, "publishes {count} symbols, at most {MAX_PUBLISHED_SYMBOLS} are read")
            }
            Self::NotSorted { at, index } => {
                write!(out, "record at {at:#x}: symbol {index} is not in the order of hashes")
            }
            Self::SymbolTwice { hash } => write!(out, "publishes symbol {hash:#018x} twice"),
            Self::TrailingBytes { at, count } => {
                write!(out, "{count} bytes behind the last record, at {at:#x}")
            }
            Self::NoCompiler => write!(out, "does not name the compiler"),
            Self::NoExtension => write!(out, "does not name the extension"),
        }
    }
}

impl core::error::Error for NoteError {}
