//! Why bytes are not an object that can be linked.

use alloc::string::String;
use core::fmt;

use elf::parse::ParseError;

use super::section::{MAX_ALIGN, MAX_REGION_BYTES, MAX_SECTIONS, Region};
use crate::aarch64::{self, Kind};

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
    /// A section's name is missing or not printable.
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
    /// A symbol's name is missing or not printable.
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

/// What can be wrong with a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SymbolError {
    /// Of a type that is not linked: thread-local, common, indirect.
    UnknownType {
        /// The type in `st_info`.
        kind: u8,
    },
    /// Neither local, global nor weak.
    UnknownBinding {
        /// The binding in `st_info`.
        binding: u8,
    },
    /// Global without a name.
    Nameless,
    /// Local, but defined nowhere.
    LocalImport,
    /// Defined in a section that does not exist.
    NoSection {
        /// `st_shndx`.
        index: u16,
    },
    /// Reaches out of its section.
    OutsideSection {
        /// Name of the section.
        section: String,
        /// `st_value`.
        offset: u64,
        /// `st_size`.
        bytes: u64,
    },
}

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
            Self::SectionName { number } => write!(out, "section number {number} has no printable name"),
            Self::NoSection { section } => write!(out, "no section `{section}`"),
            Self::NotReadOnly { section } => write!(out, "section `{section}`: is not read-only data"),
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
            Self::SymbolName { number } => write!(out, "symbol number {number} has no printable name"),
            Self::Symbol { symbol, cause } => write!(out, "symbol `{symbol}`: {cause}"),
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

impl fmt::Display for SymbolError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownType { kind } => write!(out, "symbols of type {kind} are not linked"),
            Self::UnknownBinding { binding } => write!(out, "symbols of binding {binding} are not linked"),
            Self::Nameless => write!(out, "global without a name"),
            Self::LocalImport => write!(out, "local, but defined nowhere"),
            Self::NoSection { index } => {
                write!(out, "defined in section {index:#x}, which does not exist or cannot be linked")
            }
            Self::OutsideSection { section, offset, bytes } => {
                write!(out, "{bytes:#x} bytes at {offset:#x} reach out of section `{section}`")
            }
        }
    }
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
