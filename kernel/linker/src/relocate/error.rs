//! Why an object cannot be placed where it should.

use alloc::string::String;
use core::fmt;

use crate::aarch64::{Kind, ValueError};
use crate::object::Region;

/// Why an object cannot be placed where it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelocateError {
    /// The bytes given for a region are too few.
    NoRoom {
        /// Which region.
        region: Region,
        /// Bytes needed.
        bytes: usize,
        /// Bytes given.
        room: usize,
    },
    /// A region's address is not aligned, or its end is beyond the last address.
    BadAddress {
        /// Which region.
        region: Region,
        /// The address.
        address: u64,
    },
    /// Plan or imports are those of another object.
    ForeignPlan,
    /// A record's value does not fit.
    Record {
        /// Name of the section that is changed.
        section: String,
        /// Where in the section, in bytes.
        offset: usize,
        /// The record's type.
        kind: Kind,
        /// The symbol that it refers to.
        symbol: String,
        /// What is added to the symbol's address.
        addend: i64,
        /// What does not fit.
        cause: Misfit,
    },
}

/// Why the value of a record does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Symbol and addend make no address.
    Wraps,
    /// A branch to something that is neither this object's text nor the start of an import.
    BranchOutOfText,
    /// Out of range, or misaligned.
    Value(ValueError),
}

impl fmt::Display for RelocateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoom { region, bytes, room } => {
                write!(out, "{region}: {bytes} bytes do not fit into {room}")
            }
            Self::BadAddress { region, address } => write!(out, "{region} cannot be at {address:#x}"),
            Self::ForeignPlan => write!(out, "the plan or the imports are those of another object"),
            Self::Record { section, offset, kind, symbol, addend, cause } => {
                let symbol = rustc_demangle::demangle(symbol);
                write!(out, "section `{section}`: relocation at {offset:#x} ({kind} `{symbol:#}`")?;
                match addend {
                    0 => write!(out, "): {cause}"),
                    1.. => write!(out, "+{addend:#x}): {cause}"),
                    _ => write!(out, "-{:#x}): {cause}", addend.unsigned_abs()),
                }
            }
        }
    }
}

impl core::error::Error for RelocateError {}

impl fmt::Display for Misfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wraps => write!(out, "symbol and addend make no address"),
            Self::BranchOutOfText => {
                write!(out, "branches neither into this object's text nor to the start of an import")
            }
            Self::Value(cause) => write!(out, "{cause}"),
        }
    }
}
