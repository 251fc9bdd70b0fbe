//! Sections: where they lie in the file, and to which region of memory they go.
//!
//! A section is placed because of its flags, never because of its name: executable ones go to text, writable ones to data,
//! other allocated ones to read-only data, the rest nowhere. Four names mean something: the note, the table of frames
//! and that of names, which are read and not placed, and the entry record.
//!
//! Source: System V gABI, chapter 4 "Sections".

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use elf::abi;
use elf::endian::LittleEndian;
use elf::section::{SectionHeader, SectionHeaderTable};

use super::error::{ObjectError, SectionError};
use super::header::{File, HEADER_BYTES, SECTION_HEADER_BYTES};
use super::names::Names;
use super::{FRAMES, NAMES};
use crate::order::sorted;
use crate::{entry, note};

/// Most sections an object may have.
pub const MAX_SECTIONS: usize = 256;

/// Largest alignment of a section: a page, which is how regions are placed.
pub const MAX_ALIGN: usize = 4096;

/// Longest text, read-only or writable data of one object.
pub const MAX_REGION_BYTES: usize = 16 << 20;

/// Kept by a linker that drops unused sections; no flag of the gABI but of the GNU extensions.
const SHF_GNU_RETAIN: u64 = 1 << 21;

const WRITE: u64 = abi::SHF_WRITE as u64;
const ALLOC: u64 = abi::SHF_ALLOC as u64;
const EXECUTE: u64 = abi::SHF_EXECINSTR as u64;

/// Flags that change nothing about how an allocated section is placed.
const HARMLESS: u64 =
    abi::SHF_MERGE as u64 | abi::SHF_STRINGS as u64 | abi::SHF_LINK_ORDER as u64 | SHF_GNU_RETAIN;

/// A kind of memory: what may be done with it once the object runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// Read and executed.
    Text,
    /// Read.
    Rodata,
    /// Read and written.
    Data,
}

impl Region {
    /// All regions.
    pub const ALL: [Self; 3] = [Self::Text, Self::Rodata, Self::Data];
}

impl fmt::Display for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Text => "text",
            Self::Rodata => "read-only data",
            Self::Data => "writable data",
        })
    }
}

/// A section that was checked.
#[derive(Clone, Debug)]
pub struct Section<'o> {
    number: usize,
    name: &'o str,
    is_string_table: bool,
    region: Option<Region>,
    size: usize,
    align: usize,
    data: &'o [u8],
}

impl<'o> Section<'o> {
    /// Its number in the file.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'o str {
        self.name
    }

    /// Where it goes; `None` when it is not placed.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.region
    }

    /// Its length in memory, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Its alignment in bytes, a power of two of at most [`MAX_ALIGN`].
    #[must_use]
    pub fn align(&self) -> usize {
        self.align
    }

    /// Its bytes in the file: as many as [`Section::size`], or none when memory is to be zero.
    #[must_use]
    pub fn data(&self) -> &'o [u8] {
        self.data
    }

    /// Whether it holds names.
    pub(crate) fn is_string_table(&self) -> bool {
        self.is_string_table
    }
}

/// Checks all sections of `file`.
pub(crate) fn parse<'o>(file: &File<'o>) -> Result<Vec<Section<'o>>, ObjectError> {
    let headers = file.elf.section_headers().ok_or(ObjectError::NoSectionNames)?;
    let mut names = names(file, &headers)?;
    let mut sections = Vec::with_capacity(headers.len());
    let mut extents = Vec::with_capacity(headers.len() + 2);
    let table = usize::try_from(file.elf.ehdr.e_shoff).unwrap_or(usize::MAX);
    extents.push(Extent { start: 0, end: HEADER_BYTES, owner: None });
    extents.push(Extent {
        start: table,
        end: table.saturating_add(headers.len() * SECTION_HEADER_BYTES),
        owner: None,
    });
    for (number, header) in headers.iter().enumerate() {
        let name = names.get(header.sh_name).filter(|name| number == 0 || !name.is_empty());
        let name = name.ok_or(ObjectError::SectionName { number })?;
        let section = check(file, number, name, &header).map_err(|cause| refuse(name, cause))?;
        if !section.data.is_empty() {
            let start = usize::try_from(header.sh_offset).unwrap_or(usize::MAX);
            extents.push(Extent {
                start,
                end: start.saturating_add(section.data.len()),
                owner: Some(number),
            });
        }
        sections.push(section);
    }
    check_overlap(&extents, &sections)?;
    check_names(&sections)?;
    Ok(sections)
}

pub(super) fn refuse(section: &str, cause: SectionError) -> ObjectError {
    ObjectError::Section { section: section.into(), cause }
}

/// The table of the sections' names.
fn names<'o>(
    file: &File<'o>,
    headers: &SectionHeaderTable<'o, LittleEndian>,
) -> Result<Names<'o>, ObjectError> {
    let table = headers.get(usize::from(file.elf.ehdr.e_shstrndx)).ok();
    let table = table.filter(|table| table.sh_type == abi::SHT_STRTAB).and_then(|table| file.data(&table));
    Ok(Names::new(table.ok_or(ObjectError::NoSectionNames)?))
}

/// Checks one section by itself.
fn check<'o>(
    file: &File<'o>,
    number: usize,
    name: &'o str,
    header: &SectionHeader,
) -> Result<Section<'o>, SectionError> {
    let region = region(name, header)?;
    let align = match usize::try_from(header.sh_addralign) {
        Ok(0) => 1,
        Ok(align) if align.is_power_of_two() && align <= MAX_ALIGN => align,
        _ => return Err(SectionError::BadAlignment { align: header.sh_addralign }),
    };
    if header.sh_addr != 0 {
        return Err(SectionError::HasAddress { address: header.sh_addr });
    }
    let occupies_file = !matches!(header.sh_type, abi::SHT_NOBITS | abi::SHT_NULL);
    let data = match file.data(header) {
        _ if !occupies_file => &[],
        Some(data) => data,
        None => return Err(SectionError::OutsideFile { offset: header.sh_offset, bytes: header.sh_size }),
    };
    let size = usize::try_from(header.sh_size).unwrap_or(usize::MAX);
    if region.is_some() && size > MAX_REGION_BYTES {
        return Err(SectionError::TooLong { bytes: header.sh_size });
    }
    let is_string_table = header.sh_type == abi::SHT_STRTAB;
    Ok(Section { number, name, is_string_table, region, size, align, data })
}

/// Where the section goes, from its type and flags.
fn region(name: &str, header: &SectionHeader) -> Result<Option<Region>, SectionError> {
    let flags = header.sh_flags;
    let kind = header.sh_type;
    let is_known = matches!(
        kind,
        abi::SHT_NULL
            | abi::SHT_PROGBITS
            | abi::SHT_SYMTAB
            | abi::SHT_STRTAB
            | abi::SHT_RELA
            | abi::SHT_NOBITS
            | abi::SHT_NOTE
    );
    if !is_known {
        return Err(SectionError::UnknownType { kind });
    }
    if flags & ALLOC == 0 {
        let odd = flags & (abi::SHF_COMPRESSED as u64 | abi::SHF_TLS as u64 | EXECUTE | WRITE);
        return if odd == 0 { Ok(None) } else { Err(SectionError::ForbiddenFlags { flags: odd }) };
    }
    if !matches!(kind, abi::SHT_PROGBITS | abi::SHT_NOBITS) {
        return Err(SectionError::NotLoadable { kind });
    }
    match flags & !(WRITE | ALLOC | EXECUTE | HARMLESS) {
        0 => {}
        odd => return Err(SectionError::ForbiddenFlags { flags: odd }),
    }
    let region = match (flags & WRITE != 0, flags & EXECUTE != 0) {
        (true, true) => return Err(SectionError::WritableAndExecutable),
        (true, false) => Region::Data,
        (false, true) => Region::Text,
        (false, false) => Region::Rodata,
    };
    if kind == abi::SHT_NOBITS && region != Region::Data {
        return Err(SectionError::EmptyOf { region });
    }
    Ok(if [note::SECTION, FRAMES, NAMES].contains(&name) { None } else { Some(region) })
}

/// Bytes of the file that belong to one owner: a section, or the ELF headers.
#[derive(Clone, Copy)]
struct Extent {
    start: usize,
    end: usize,
    owner: Option<usize>,
}

/// No byte of the file may mean two things.
fn check_overlap(extents: &[Extent], sections: &[Section<'_>]) -> Result<(), ObjectError> {
    let name = |owner: Option<usize>| -> String {
        owner.and_then(|number| sections.get(number)).map_or("the ELF headers", Section::name).into()
    };
    for pair in sorted(extents, |extent| extent.start as u64).windows(2) {
        if let [first, second] = pair
            && second.start < first.end
        {
            let cause = SectionError::Overlaps { other: name(first.owner) };
            return Err(ObjectError::Section { section: name(second.owner), cause });
        }
    }
    Ok(())
}

/// What is looked up by name may be there once.
fn check_names(sections: &[Section<'_>]) -> Result<(), ObjectError> {
    for name in [note::SECTION, entry::SECTION, FRAMES, NAMES] {
        if sections.iter().filter(|section| section.name == name).count() > 1 {
            return Err(refuse(name, SectionError::Twice));
        }
    }
    Ok(())
}
