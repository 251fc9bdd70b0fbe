//! Objects: an ELF file that was checked through and through before anything of it is used.
//!
//! [`Object::parse`] takes what our tool makes and nothing else: a little-endian AArch64 `ET_REL` file with few sections,
//! one symbol table, and relocation records of the types in [`crate::aarch64`]. When it returns, every offset, index and
//! name in the object is known to be good, so that the later steps have no malformed input to think of.
//!
//! Section numbers are those of the file. Not known here: what the kernel exports, and any address.
//!
//! Source: System V gABI, chapter 4 "Object Files".

mod error;
mod header;
mod names;
mod records;
mod section;

use alloc::vec::Vec;
use core::ops::Range;

pub use error::{HeaderField, ObjectError, RecordError, SectionError, SymbolError};
pub(crate) use header::File;
pub(crate) use names::Names;
pub(crate) use records::Relocation;
pub use section::{MAX_ALIGN, MAX_REGION_BYTES, MAX_SECTIONS, Region, Section};

use crate::entry::{self, EntryShape};
use crate::error::LinkError;
use crate::names::Names as FunctionNames;
use crate::note::{self, Note, NoteError};
use crate::publish::{self, PublishedSymbol};
use crate::symbol;
pub use crate::symbol::{Place, Symbol};

/// The section with the table of frames; it is read and not placed.
pub const FRAMES: &str = ".ext.frames";
/// The section with the names of functions; it is read and not placed.
pub const NAMES: &str = ".ext.names";

/// An object that was checked. Borrows the bytes it was read from.
#[derive(Clone, Debug)]
pub struct Object<'o> {
    sections: Vec<Section<'o>>,
    symbols: Vec<Symbol<'o>>,
    /// By section, then by offset within it.
    relocations: Vec<Relocation>,
    note: Note<'o>,
    frames: &'o [u8],
    function_names: &'o [u8],
    /// By rising hash.
    published: Vec<PublishedSymbol>,
    name: &'o str,
    entry: usize,
}

impl<'o> Object<'o> {
    /// Reads and checks an object whose entry record must be of shape `entry`.
    ///
    /// # Errors
    /// [`LinkError::Object`], [`LinkError::Note`] or [`LinkError::Entry`], naming the section or symbol.
    pub fn parse(bytes: &'o [u8], entry: &EntryShape) -> Result<Self, LinkError> {
        let file = header::parse(bytes)?;
        let sections = section::parse(&file)?;
        let symbols = symbol::parse(&file, &sections)?;
        let relocations = records::parse(&file, &sections, &symbols)?;
        let note = find(&sections, note::SECTION)?;
        let note = Note::parse(section_data(&sections, note))?;
        // An object without it is one of which no frame can be given up without a boundary.
        let frames = section_called(&sections, FRAMES);
        let function_names = section_called(&sections, NAMES);
        if !function_names.is_empty() {
            FunctionNames::check(function_names).map_err(ObjectError::Names)?;
        }
        let name = note.extension().ok_or(NoteError::NoExtension)?;
        let published = publish::find(&note, &symbols)?;
        let at = find(&sections, entry::SECTION)?;
        let object =
            Self { sections, symbols, relocations, note, frames, function_names, published, name, entry: at };
        object.check_entry(entry)?;
        Ok(object)
    }

    /// Name of the extension.
    #[must_use]
    pub fn name(&self) -> &'o str {
        self.name
    }

    /// What its functions do with their callers' registers, as a table; empty if it says nothing.
    #[must_use]
    pub fn frames(&self) -> &'o [u8] {
        self.frames
    }

    /// The names of its functions, as a table that is whole; empty if it says nothing.
    #[must_use]
    pub fn function_names(&self) -> &'o [u8] {
        self.function_names
    }

    /// What the extension was compiled against.
    #[must_use]
    pub fn note(&self) -> &Note<'o> {
        &self.note
    }

    /// The symbols of the crates that it publishes, by rising hash.
    #[must_use]
    pub fn published_symbols(&self) -> &[PublishedSymbol] {
        &self.published
    }

    /// All sections; the position is the section's number.
    #[must_use]
    pub fn sections(&self) -> &[Section<'o>] {
        &self.sections
    }

    /// All symbols; the position is the symbol's number.
    #[must_use]
    pub fn symbols(&self) -> &[Symbol<'o>] {
        &self.symbols
    }

    /// How many relocation records there are.
    #[must_use]
    pub fn relocation_count(&self) -> usize {
        self.relocations.len()
    }

    /// The number that stands at `at` of the entry record, in bytes; 0 beyond its end. No pointer: those are not known yet.
    #[must_use]
    pub fn entry_number(&self, at: usize) -> u64 {
        entry::read_u64(section_data(&self.sections, self.entry), at)
    }

    pub(crate) fn section(&self, index: usize) -> Option<&Section<'o>> {
        self.sections.get(index)
    }

    pub(crate) fn symbol(&self, index: usize) -> Option<&Symbol<'o>> {
        self.symbols.get(index)
    }

    pub(crate) fn relocations(&self) -> &[Relocation] {
        &self.relocations
    }

    pub(crate) fn entry_index(&self) -> usize {
        self.entry
    }

    /// The records that change `section`, by rising offset.
    pub(crate) fn relocations_of(&self, section: &Section<'o>) -> impl Iterator<Item = &Relocation> {
        let number = section.number();
        let start = self.relocations.partition_point(|record| record.section() < number);
        let rest = self.relocations.get(start..).unwrap_or_default();
        rest.iter().take_while(move |record| record.section() == number)
    }

    /// The record that changes `section` at exactly `offset`.
    pub(crate) fn relocation_at(&self, section: &Section<'o>, offset: usize) -> Option<&Relocation> {
        self.relocations_of(section).find(|record| record.offset() == offset)
    }

    /// Whether any byte of `range` in `section` will be changed.
    pub(crate) fn is_relocated(&self, section: &Section<'o>, range: Range<usize>) -> bool {
        self.relocations_of(section).any(|record| {
            record.offset() < range.end && range.start < record.offset() + record.kind().width_bytes()
        })
    }

    fn check_entry(&self, shape: &EntryShape) -> Result<(), LinkError> {
        let section =
            self.sections.get(self.entry).filter(|section| section.region() == Some(Region::Rodata));
        let section = section.ok_or(ObjectError::NotReadOnly { section: entry::SECTION.into() })?;
        let name = shape.check(self, section)?;
        if name != self.name {
            return Err(entry::EntryError::OtherName { record: name.into(), note: self.name.into() }.into());
        }
        Ok(())
    }
}

/// The number of the section called `name`.
fn find(sections: &[Section<'_>], name: &'static str) -> Result<usize, ObjectError> {
    sections
        .iter()
        .position(|section| section.name() == name)
        .ok_or_else(|| ObjectError::NoSection { section: name.into() })
}

/// The content of the section called `name`, if there is one.
fn section_called<'o>(sections: &[Section<'o>], name: &str) -> &'o [u8] {
    sections.iter().find(|section| section.name() == name).map_or(&[][..], Section::data)
}

fn section_data<'o>(sections: &[Section<'o>], index: usize) -> &'o [u8] {
    sections.get(index).map_or(&[], Section::data)
}
