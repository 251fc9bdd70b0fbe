//! What can be wrong with a relocation record.

use alloc::string::String;
use core::fmt;

use crate::aarch64::{self, Kind};

/// What can be wrong with a relocation record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// Of a type that is not linked.
    UnknownType {
        /// The type in `r_info`.
        code: u32,
    },
    /// Refers to a symbol that does not exist.
    NoSymbol {
        /// Number of the symbol.
        number: u32,
    },
    /// Refers to a symbol that is not placed.
    NotPlaced {
        /// Name of the symbol.
        symbol: String,
    },
    /// Reaches out of its section.
    OutsideSection {
        /// Length of the section in the file, in bytes.
        bytes: usize,
    },
    /// Changes an instruction outside of executable code.
    InstructionInData {
        /// Its type.
        kind: Kind,
    },
    /// Changes an instruction at an address where there can be none.
    UnalignedInstruction {
        /// Its type.
        kind: Kind,
    },
    /// The instruction is not one that the type is for.
    OtherInstruction {
        /// Its type.
        kind: Kind,
        /// The instruction.
        word: u32,
    },
    /// Changes bytes that another record changes.
    Overlaps {
        /// Where the other record begins.
        other: u64,
    },
}

impl fmt::Display for RecordError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownType { code } => match aarch64::name_of(*code) {
                Some(name) => write!(out, "type {code} ({name}) is not linked"),
                None => write!(out, "type {code} is not linked"),
            },
            Self::NoSymbol { number } => write!(out, "symbol number {number} does not exist"),
            Self::NotPlaced { symbol } => write!(out, "symbol `{symbol}` is not placed in memory"),
            Self::OutsideSection { bytes } => {
                write!(out, "reaches out of the section's {bytes:#x} bytes")
            }
            Self::InstructionInData { kind } => write!(out, "{kind} is for instructions, this is data"),
            Self::UnalignedInstruction { kind } => write!(out, "{kind}: no instruction can be here"),
            Self::OtherInstruction { kind, word } => {
                write!(out, "{kind} is not for the instruction {word:#010x}")
            }
            Self::Overlaps { other } => write!(out, "changes what the relocation at {other:#x} changes"),
        }
    }
}
