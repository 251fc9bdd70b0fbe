//! The entry record: the one thing in an object that the kernel looks for by name.
//!
//! It is a `#[repr(C)]` constant in section [`SECTION`], made by a macro of the interface crate:
//!
//! ```text
//! 0 magic u64 | 8 abi u32 | 12 reserved u32 | ... name: &'static str ... init: fn ... numbers ... optional functions
//! ```
//!
//! The kernel later reads it as a typed value, name and functions included. So that this is sound, the linker makes sure here
//! of what the type cannot: each pointer is filled by a relocation, functions begin inside this object's own text, and
//! the name is UTF-8 inside this object's own read-only data.
//!
//! The record's type is the interface crate's; its [`EntryShape`] comes from there and is not known here.

use alloc::string::String;
use core::fmt;

use crate::aarch64::Kind;
use crate::object::{Object, Place, Region, Section};

/// Section of an object that holds the entry record and nothing else.
pub const SECTION: &str = ".ext.entry";

/// Where in the record the ABI number stands, in bytes.
const ABI_AT: usize = 8;
/// Where in the record the reserved number stands, in bytes.
const RESERVED_AT: usize = 12;
/// Length of a pointer, in bytes.
const POINTER: usize = 8;

/// What an entry record looks like. Offsets are in bytes from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryShape {
    /// Its first eight bytes.
    pub magic: u64,
    /// The version of its layout.
    pub abi: u32,
    /// Its length in bytes, all of the section.
    pub bytes: usize,
    /// Where the name stands: a pointer, then a length in bytes.
    pub name_at: usize,
    /// Where the function pointers stand that must be there.
    pub functions_at: &'static [usize],
    /// Where the function pointers stand that may be null.
    pub optional_functions_at: &'static [usize],
}

impl EntryShape {
    /// Checks the entry record of `object`, whose records and symbols were checked before; returns the name in it.
    pub(crate) fn check<'o>(
        &self,
        object: &Object<'o>,
        section: &Section<'o>,
    ) -> Result<&'o str, EntryError> {
        let record = section.data();
        if record.len() != self.bytes {
            return Err(EntryError::WrongSize { found: record.len(), expected: self.bytes });
        }
        match read_u64(record, 0) {
            magic if magic == self.magic => {}
            found => return Err(EntryError::BadMagic { found, expected: self.magic }),
        }
        match read_u32(record, ABI_AT) {
            abi if abi == self.abi => {}
            found => return Err(EntryError::OtherAbi { found, expected: self.abi }),
        }
        match read_u32(record, RESERVED_AT) {
            0 => {}
            found => return Err(EntryError::ReservedSet { found }),
        }
        for at in self.functions_at {
            check_function(object, section, *at)?;
        }
        for at in self.optional_functions_at {
            let is_null = read_u64(record, *at) == 0 && object.relocation_at(section, *at).is_none();
            if !is_null {
                check_function(object, section, *at)?;
            }
        }
        self.check_no_other_pointer(object, section)?;
        self.name(object, section)
    }

    /// No relocation may touch what was just read as plain numbers, the length of the name among it.
    fn check_no_other_pointer(&self, object: &Object<'_>, section: &Section<'_>) -> Result<(), EntryError> {
        let is_pointer = |at: usize| {
            at == self.name_at || self.functions_at.contains(&at) || self.optional_functions_at.contains(&at)
        };
        match object.relocations_of(section).find(|record| !is_pointer(record.offset())) {
            Some(record) => Err(EntryError::UnexpectedPointer { at: record.offset() }),
            None => Ok(()),
        }
    }

    /// The name has to be text in this object's read-only data.
    fn name<'o>(&self, object: &Object<'o>, section: &Section<'o>) -> Result<&'o str, EntryError> {
        let length = read_u64(section.data(), self.name_at + POINTER);
        let bytes = pointer_target(object, section, self.name_at)
            .filter(|(target, _)| target.region() == Some(Region::Rodata))
            .and_then(|(target, offset)| {
                let end = offset.checked_add(usize::try_from(length).ok()?)?;
                let is_plain = !object.is_relocated(target, offset..end);
                target.data().get(offset..end).filter(|_| is_plain)
            });
        bytes.and_then(|bytes| core::str::from_utf8(bytes).ok()).ok_or(EntryError::NoName)
    }
}

/// A function pointer has to be filled with the address of an instruction of this object.
fn check_function(object: &Object<'_>, section: &Section<'_>, at: usize) -> Result<(), EntryError> {
    let (target, offset) = pointer_target(object, section, at).ok_or(EntryError::NoFunction { at })?;
    let is_code = target.region() == Some(Region::Text) && offset < target.size() && offset.is_multiple_of(4);
    if is_code { Ok(()) } else { Err(EntryError::NoFunction { at }) }
}

/// The section and offset that the pointer at `at` is filled with, when it is one into this object.
fn pointer_target<'a, 'o>(
    object: &'a Object<'o>,
    section: &Section<'o>,
    at: usize,
) -> Option<(&'a Section<'o>, usize)> {
    let record = object.relocation_at(section, at).filter(|record| record.kind() == Kind::Abs64)?;
    let Place::Section { index, offset } = object.symbol(record.symbol())?.place() else { return None };
    let offset = usize::try_from((offset as u64).checked_add_signed(record.addend())?).ok()?;
    Some((object.section(index)?, offset))
}

pub(crate) fn read_u64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn read_u32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// Why an object has no usable entry record. Offsets are bytes from the record's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryError {
    /// The section is not exactly one record long.
    WrongSize {
        /// Its length in bytes.
        found: usize,
        /// The length of a record in bytes.
        expected: usize,
    },
    /// The record begins with something else.
    BadMagic {
        /// What it begins with.
        found: u64,
        /// What it must begin with.
        expected: u64,
    },
    /// The record's layout is of another version.
    OtherAbi {
        /// Its version.
        found: u32,
        /// The kernel's.
        expected: u32,
    },
    /// A field that must be zero is not.
    ReservedSet {
        /// What stands in it.
        found: u32,
    },
    /// A function pointer does not lead to an instruction of this object.
    NoFunction {
        /// Where it stands.
        at: usize,
    },
    /// A relocation would write where there is no pointer.
    UnexpectedPointer {
        /// Where.
        at: usize,
    },
    /// The name is not text in the object's read-only data.
    NoName,
    /// The name is not that of the note.
    OtherName {
        /// Name in the record.
        record: String,
        /// Name in the note.
        note: String,
    },
}

impl fmt::Display for EntryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongSize { found, expected } => {
                write!(out, "{found} bytes, one entry record takes {expected}")
            }
            Self::BadMagic { found, expected } => {
                write!(out, "begins with {found:#x}, an entry record with {expected:#x}")
            }
            Self::OtherAbi { found, expected } => {
                write!(out, "entry record of version {found}, the kernel has {expected}")
            }
            Self::ReservedSet { found } => write!(out, "reserved field is {found:#x}, not 0"),
            Self::NoFunction { at } => {
                write!(out, "the pointer at {at:#x} does not lead to an instruction of this object")
            }
            Self::UnexpectedPointer { at } => {
                write!(out, "a relocation at {at:#x}, where no pointer stands")
            }
            Self::NoName => write!(out, "the name is not text in this object's read-only data"),
            Self::OtherName { record, note } => {
                write!(out, "the record's name is `{}`, the note's `{note}`", record.escape_default())
            }
        }
    }
}

impl core::error::Error for EntryError {}
