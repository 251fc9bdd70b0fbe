//! What can be wrong with a section.

use alloc::string::String;
use core::fmt;

use crate::object::{MAX_ALIGN, MAX_REGION_BYTES, Region};

/// What can be wrong with a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SectionError {
    /// Of a type that is not linked.
    UnknownType {
        /// `sh_type`.
        kind: u32,
    },
    /// To be placed, but of a type that is not.
    NotLoadable {
        /// `sh_type`.
        kind: u32,
    },
    /// Has flags that are not linked.
    ForbiddenFlags {
        /// Those of `sh_flags`.
        flags: u64,
    },
    /// Could be written and executed.
    WritableAndExecutable,
    /// Zero-filled, but not writable.
    EmptyOf {
        /// Where it would go.
        region: Region,
    },
    /// Its alignment is no power of two, or larger than [`MAX_ALIGN`].
    BadAlignment {
        /// `sh_addralign`.
        align: u64,
    },
    /// Was given an address already.
    HasAddress {
        /// `sh_addr`.
        address: u64,
    },
    /// Reaches out of the file.
    OutsideFile {
        /// `sh_offset`.
        offset: u64,
        /// `sh_size`.
        bytes: u64,
    },
    /// Longer than [`MAX_REGION_BYTES`].
    TooLong {
        /// `sh_size`.
        bytes: u64,
    },
    /// Shares bytes of the file with something else.
    Overlaps {
        /// With what.
        other: String,
    },
    /// There are two of this name.
    Twice,
    /// Not a whole number of relocation records.
    NotATable {
        /// Length of a record in bytes.
        entry: u64,
        /// `sh_size`.
        bytes: u64,
    },
    /// The section that the records change does not exist.
    NoTarget {
        /// Its number.
        number: u32,
    },
    /// Another table changes the same section.
    SecondTable {
        /// Name of the changed section.
        target: String,
    },
    /// The records change the note.
    ChangesNote,
}

impl fmt::Display for SectionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownType { kind } => write!(out, "type {kind:#x} is not linked"),
            Self::NotLoadable { kind } => write!(out, "type {kind:#x} cannot be placed in memory"),
            Self::ForbiddenFlags { flags } => write!(out, "flags {flags:#x} are not linked"),
            Self::WritableAndExecutable => write!(out, "writable and executable"),
            Self::EmptyOf { region } => write!(out, "zero-filled {region}"),
            Self::BadAlignment { align } => {
                write!(out, "alignment {align:#x} is no power of two of at most {MAX_ALIGN}")
            }
            Self::HasAddress { address } => write!(out, "has an address, {address:#x}"),
            Self::OutsideFile { offset, bytes } => {
                write!(out, "{bytes:#x} bytes at offset {offset:#x} reach out of the file")
            }
            Self::TooLong { bytes } => write!(out, "{bytes} bytes, at most {MAX_REGION_BYTES} are placed"),
            Self::Overlaps { other } => write!(out, "overlaps `{other}` in the file"),
            Self::Twice => write!(out, "there are two of this name"),
            Self::NotATable { entry, bytes } => {
                write!(out, "{bytes} bytes are no table of relocations of {entry} bytes each")
            }
            Self::NoTarget { number } => {
                write!(out, "relocates section number {number}, which does not exist")
            }
            Self::SecondTable { target } => write!(out, "a second table of relocations for `{target}`"),
            Self::ChangesNote => write!(out, "relocates the note"),
        }
    }
}
