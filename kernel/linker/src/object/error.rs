//! Why bytes are not an object that can be linked: which part is to blame, and for what.

mod record;
mod section;
mod symbol;

use alloc::string::String;
use core::fmt;

use elf::parse::ParseError;

pub use record::RecordError;
pub use section::SectionError;
pub use symbol::SymbolError;

use super::NAMES;
use super::section::MAX_SECTIONS;
use crate::names::NamesError;
use crate::publish::PublishError;

/// Why an object is refused, and because of which part.
#[derive(Debug)]
pub enum ObjectError {
    /// The file ends too early, or is no ELF file.
    Unreadable(ParseError),
    /// A field of the ELF header has another value than it must have.
    Header {
        /// Which field.
        field: HeaderField,
        /// Its value.
        found: u64,
        /// The value it must have.
        expected: u64,
    },
    /// No section, or more than [`MAX_SECTIONS`].
    SectionCount {
        /// How many the header states.
        found: usize,
    },
    /// The sections have no names.
    NoSectionNames,
    /// A section's name is missing, not printable, or too long.
    SectionName {
        /// Number of the section.
        number: usize,
    },
    /// A section that must be there is not.
    NoSection {
        /// Its name.
        section: String,
    },
    /// A section that must be read-only data is something else.
    NotReadOnly {
        /// Its name.
        section: String,
    },
    /// The names of its functions are not a whole table.
    Names(NamesError),
    /// Something is wrong with a section.
    Section {
        /// Its name.
        section: String,
        /// What.
        cause: SectionError,
    },
    /// There is more than one symbol table.
    SecondSymbolTable,
    /// Relocation records refer to something that is not the symbol table.
    ForeignSymbolTable {
        /// Number of the section with the records.
        number: usize,
    },
    /// The symbol table is not a whole number of entries.
    SymbolTableSize {
        /// Its length in bytes.
        bytes: u64,
    },
    /// More symbols than are read.
    TooManySymbols {
        /// How many are read.
        limit: usize,
    },
    /// The symbols' names are in no string table.
    NoSymbolNames,
    /// A symbol's name is missing, not printable, or too long.
    SymbolName {
        /// Number of the symbol.
        number: usize,
    },
    /// Something is wrong with a symbol.
    Symbol {
        /// Its name, or number.
        symbol: String,
        /// What.
        cause: SymbolError,
    },
    /// Something is wrong with a symbol that a published crate exports.
    Published {
        /// Name of the crate.
        published: String,
        /// Hash of the symbol.
        hash: u64,
        /// What.
        cause: PublishError,
    },
    /// More relocation records than are read.
    TooManyRelocations {
        /// How many are read.
        limit: usize,
    },
    /// Something is wrong with a relocation record.
    Record {
        /// Name of the section that it changes.
        section: String,
        /// Where in the section, in bytes.
        offset: u64,
        /// What.
        cause: RecordError,
    },
}

/// A field of the ELF header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderField {
    /// 32 or 64 bits.
    Class,
    /// Operating system ABI.
    System,
    /// Version of the operating system ABI.
    SystemVersion,
    /// Version of the ELF format.
    Version,
    /// Relocatable, executable, shared.
    Type,
    /// Processor.
    Machine,
    /// Processor flags.
    Flags,
    /// Length of the header.
    HeaderSize,
    /// Number of program headers.
    ProgramHeaders,
    /// Length of a section header.
    SectionHeaderSize,
}

impl fmt::Display for ObjectError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(cause) => write!(out, "not a readable ELF object: {cause}"),
            Self::Header { field, found, expected } => {
                write!(out, "ELF header: {field} is {found:#x}, not {expected:#x}")
            }
            Self::SectionCount { found } => {
                write!(out, "{found} sections, 1 to {MAX_SECTIONS} are linked")
            }
            Self::NoSectionNames => write!(out, "sections without names"),
            Self::SectionName { number } => write!(out, "section number {number} has no usable name"),
            Self::NoSection { section } => write!(out, "no section `{section}`"),
            Self::NotReadOnly { section } => write!(out, "section `{section}`: is not read-only data"),
            Self::Names(cause) => write!(out, "section `{NAMES}`: {cause}"),
            Self::Section { section, cause } => write!(out, "section `{section}`: {cause}"),
            Self::SecondSymbolTable => write!(out, "more than one symbol table"),
            Self::ForeignSymbolTable { number } => {
                write!(out, "section number {number}: its relocations do not refer to the symbol table")
            }
            Self::SymbolTableSize { bytes } => {
                write!(out, "symbol table: {bytes} bytes are no whole number of entries")
            }
            Self::TooManySymbols { limit } => {
                write!(out, "symbol table: more symbols than the {limit} that are read")
            }
            Self::NoSymbolNames => write!(out, "symbol table: its names are in no string table"),
            Self::SymbolName { number } => write!(out, "symbol number {number} has no usable name"),
            Self::Symbol { symbol, cause } => write!(out, "symbol `{symbol}`: {cause}"),
            Self::Published { published, hash, cause } => {
                write!(out, "publishes `{published}`, whose symbol {hash:#018x} {cause}")
            }
            Self::TooManyRelocations { limit } => {
                write!(out, "more relocations than the {limit} that are read")
            }
            Self::Record { section, offset, cause } => {
                write!(out, "section `{section}`: relocation at {offset:#x}: {cause}")
            }
        }
    }
}

impl core::error::Error for ObjectError {}

impl fmt::Display for HeaderField {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Class => "class",
            Self::System => "operating system ABI",
            Self::SystemVersion => "operating system ABI version",
            Self::Version => "version",
            Self::Type => "type",
            Self::Machine => "machine",
            Self::Flags => "flags",
            Self::HeaderSize => "header size",
            Self::ProgramHeaders => "number of program headers",
            Self::SectionHeaderSize => "section header size",
        })
    }
}
