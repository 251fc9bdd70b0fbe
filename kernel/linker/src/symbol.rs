//! Symbols: what an object defines and what it wants from elsewhere.
//!
//! Names are checked to be printable, because they end up in error messages on a console.
//!
//! Source: System V gABI, chapter 4 "Symbol Table".

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use elf::abi;

use crate::object::{File, Names, ObjectError, Region, Section, SymbolError};

/// Length of a symbol table entry in bytes.
const SYMBOL_BYTES: u64 = 24;

/// Most symbols that are read.
pub const MAX_SYMBOLS: usize = 1 << 16;

/// Where a symbol is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: the first entry of the table, or the name of a source file.
    Nowhere,
    /// In the kernel or in another extension.
    Import,
    /// In a section of this object.
    Section {
        /// Number of the section.
        index: usize,
        /// Offset in it, in bytes; its length at most.
        offset: usize,
    },
}

/// A symbol that was checked.
#[derive(Clone, Copy, Debug)]
pub struct Symbol<'o> {
    name: &'o str,
    place: Place,
    size: usize,
    region: Option<Region>,
    is_global: bool,
    is_function: bool,
}

impl<'o> Symbol<'o> {
    /// Its name; empty for the first entry.
    #[must_use]
    pub fn name(&self) -> &'o str {
        self.name
    }

    /// Where it is defined.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Its length in bytes, 0 when the object does not say.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether other objects may refer to it by name, or it to them.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.is_global
    }

    /// Whether it is a function of this object.
    #[must_use]
    pub fn is_function(&self) -> bool {
        self.is_function
    }

    /// The region that it is placed in.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.region
    }

    /// Whether it is defined in a section that is placed.
    #[must_use]
    pub fn is_placed(&self) -> bool {
        self.region.is_some()
    }

    /// What to call it in a message.
    pub(crate) fn label(&self, number: usize) -> String {
        if self.name.is_empty() { format!("number {number}") } else { self.name.into() }
    }
}

/// Checks the symbol table of `file`. An object without one has no symbols.
pub(crate) fn parse<'o>(file: &File<'o>, sections: &[Section<'o>]) -> Result<Vec<Symbol<'o>>, ObjectError> {
    let Some(headers) = file.elf.section_headers() else { return Ok(Vec::new()) };
    let mut tables = headers.iter().enumerate().filter(|(_, header)| header.sh_type == abi::SHT_SYMTAB);
    let Some((table, header)) = tables.next() else { return Ok(Vec::new()) };
    if tables.next().is_some() {
        return Err(ObjectError::SecondSymbolTable);
    }
    for (number, relocations) in headers.iter().enumerate() {
        if relocations.sh_type == abi::SHT_RELA && relocations.sh_link as usize != table {
            return Err(ObjectError::ForeignSymbolTable { number });
        }
    }
    if header.sh_entsize != SYMBOL_BYTES || !header.sh_size.is_multiple_of(SYMBOL_BYTES) {
        return Err(ObjectError::SymbolTableSize { bytes: header.sh_size });
    }
    if header.sh_size > MAX_SYMBOLS as u64 * SYMBOL_BYTES {
        return Err(ObjectError::TooManySymbols { limit: MAX_SYMBOLS });
    }
    let strings = sections.get(header.sh_link as usize).filter(|section| section.is_string_table());
    let mut names = Names::new(strings.ok_or(ObjectError::NoSymbolNames)?.data());
    let (entries, _) =
        file.elf.symbol_table().map_err(ObjectError::Unreadable)?.ok_or(ObjectError::SecondSymbolTable)?;
    let mut symbols = Vec::with_capacity(entries.len());
    for (number, entry) in entries.iter().enumerate() {
        symbols.push(check(&entry, number, &mut names, sections)?);
    }
    Ok(symbols)
}

/// Checks one entry of the table.
fn check<'o>(
    entry: &elf::symbol::Symbol,
    number: usize,
    names: &mut Names<'o>,
    sections: &[Section<'o>],
) -> Result<Symbol<'o>, ObjectError> {
    let kind = entry.st_symtype();
    if number == 0 || kind == abi::STT_FILE {
        // The name of a source file is for a debugger; nothing refers to it, and it is not looked at.
        return Ok(Symbol {
            name: "",
            place: Place::Nowhere,
            size: 0,
            region: None,
            is_global: false,
            is_function: false,
        });
    }
    let own = match entry.st_name {
        0 => "",
        offset => names.get(offset).ok_or(ObjectError::SymbolName { number })?,
    };
    let refuse = |cause| ObjectError::Symbol {
        symbol: if own.is_empty() { format!("number {number}") } else { own.into() },
        cause,
    };
    let is_global = match entry.st_bind() {
        abi::STB_LOCAL => false,
        abi::STB_GLOBAL | abi::STB_WEAK => true,
        binding => return Err(refuse(SymbolError::UnknownBinding { binding })),
    };
    if !matches!(kind, abi::STT_NOTYPE | abi::STT_OBJECT | abi::STT_FUNC | abi::STT_SECTION) {
        return Err(refuse(SymbolError::UnknownType { kind }));
    }
    if is_global && own.is_empty() {
        return Err(refuse(SymbolError::Nameless));
    }
    let place = place(entry, is_global, sections).map_err(refuse)?;
    let section = match place {
        Place::Section { index, .. } => sections.get(index),
        _ => None,
    };
    let is_section = kind == abi::STT_SECTION;
    Ok(Symbol {
        name: section.filter(|_| is_section && own.is_empty()).map_or(own, Section::name),
        place,
        size: usize::try_from(entry.st_size).unwrap_or(usize::MAX),
        region: section.and_then(Section::region),
        is_global,
        is_function: kind == abi::STT_FUNC && section.is_some(),
    })
}

/// Where the symbol is defined, and that it lies within its section.
fn place(
    entry: &elf::symbol::Symbol,
    is_global: bool,
    sections: &[Section<'_>],
) -> Result<Place, SymbolError> {
    if entry.st_shndx == abi::SHN_UNDEF {
        let is_plain =
            is_global && matches!(entry.st_symtype(), abi::STT_NOTYPE | abi::STT_FUNC | abi::STT_OBJECT);
        return if is_plain { Ok(Place::Import) } else { Err(SymbolError::LocalImport) };
    }
    if entry.st_shndx >= abi::SHN_LORESERVE {
        return Err(SymbolError::NoSection { index: entry.st_shndx });
    }
    let index = usize::from(entry.st_shndx);
    let section = sections.get(index).ok_or(SymbolError::NoSection { index: entry.st_shndx })?;
    let end = entry.st_value.checked_add(entry.st_size);
    if end.is_none_or(|end| end > section.size() as u64) {
        let (offset, bytes) = (entry.st_value, entry.st_size);
        return Err(SymbolError::OutsideSection { section: section.name().into(), offset, bytes });
    }
    Ok(Place::Section { index, offset: usize::try_from(entry.st_value).unwrap_or(usize::MAX) })
}
