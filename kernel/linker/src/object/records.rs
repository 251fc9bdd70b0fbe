//! Relocation records: read once, checked for everything that does not depend on an address.
//!
//! Afterwards each record is of a known type, lies within a placed section, changes bytes that no other record changes,
//! and refers to an import or to something that is placed. What remains for later is whether the value fits.
//!
//! Source: System V gABI, chapter 4 "Relocation"; AAELF64, "Relocation".

use alloc::string::String;
use alloc::vec::Vec;

use elf::abi;
use elf::section::SectionHeader;

use super::error::{ObjectError, RecordError, SectionError};
use super::header::File;
use super::section::{Region, Section, refuse};
use crate::aarch64::{self, Kind};
use crate::order::sorted;
use crate::symbol::{Place, Symbol};

/// Length of a record in bytes.
const RECORD_BYTES: u64 = 24;

/// Most records that are read, over all sections.
const MAX_RECORDS: usize = 1 << 16;

/// A record that was checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relocation {
    section: u32,
    offset: u32,
    symbol: u32,
    kind: Kind,
    addend: i64,
}

impl Relocation {
    /// Number of the section that is changed.
    pub(crate) fn section(&self) -> usize {
        self.section as usize
    }

    /// Where in the section, in bytes.
    pub(crate) fn offset(&self) -> usize {
        self.offset as usize
    }

    /// Number of the symbol that is referred to.
    pub(crate) fn symbol(&self) -> usize {
        self.symbol as usize
    }

    /// How the value is computed and stored.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// What is added to the symbol's address.
    pub(crate) fn addend(&self) -> i64 {
        self.addend
    }
}

/// Checks all records of `file`; they come out sorted by section and offset.
pub(crate) fn parse(
    file: &File<'_>,
    sections: &[Section<'_>],
    symbols: &[Symbol<'_>],
) -> Result<Vec<Relocation>, ObjectError> {
    let mut relocations = Vec::new();
    let mut seen = Vec::new();
    let Some(headers) = file.elf.section_headers() else { return Ok(relocations) };
    for (number, header) in headers.iter().enumerate() {
        if header.sh_type != abi::SHT_RELA {
            continue;
        }
        let table = sections.get(number).ok_or(ObjectError::NoSectionNames)?;
        let target = target(&header, sections).map_err(|cause| refuse(table.name(), cause))?;
        if seen.contains(&target.number()) {
            return Err(refuse(table.name(), SectionError::SecondTable { target: target.name().into() }));
        }
        seen.push(target.number());
        if target.region().is_some() {
            read_table(file, &header, target, symbols, &mut relocations)?;
        }
    }
    let relocations =
        sorted(&relocations, |record| u64::from(record.section) << 32 | u64::from(record.offset));
    check_overlap(&relocations, sections)?;
    Ok(relocations)
}

/// The section that a table of records changes.
fn target<'a, 'o>(
    header: &SectionHeader,
    sections: &'a [Section<'o>],
) -> Result<&'a Section<'o>, SectionError> {
    if header.sh_entsize != RECORD_BYTES || !header.sh_size.is_multiple_of(RECORD_BYTES) {
        return Err(SectionError::NotATable { entry: RECORD_BYTES, bytes: header.sh_size });
    }
    let target = sections.get(header.sh_info as usize).filter(|target| target.number() != 0);
    let target = target.ok_or(SectionError::NoTarget { number: header.sh_info })?;
    if target.name() == crate::note::SECTION {
        return Err(SectionError::ChangesNote);
    }
    Ok(target)
}

fn read_table(
    file: &File<'_>,
    header: &SectionHeader,
    target: &Section<'_>,
    symbols: &[Symbol<'_>],
    relocations: &mut Vec<Relocation>,
) -> Result<(), ObjectError> {
    let records = file.elf.section_data_as_relas(header).map_err(ObjectError::Unreadable)?;
    let count = usize::try_from(header.sh_size / RECORD_BYTES).unwrap_or(usize::MAX);
    if count > MAX_RECORDS.saturating_sub(relocations.len()) {
        return Err(ObjectError::TooManyRelocations { limit: MAX_RECORDS });
    }
    relocations.reserve(count);
    for record in records {
        let refuse =
            |cause| ObjectError::Record { section: target.name().into(), offset: record.r_offset, cause };
        let kind = match record.r_type {
            aarch64::NONE | aarch64::NONE_WITHDRAWN => continue,
            code => Kind::from_code(code).ok_or_else(|| refuse(RecordError::UnknownType { code }))?,
        };
        check_target(symbols, record.r_sym).map_err(refuse)?;
        let offset = place(target, record.r_offset, kind).map_err(refuse)?;
        relocations.push(Relocation {
            section: u32::try_from(target.number()).unwrap_or(u32::MAX),
            offset,
            symbol: record.r_sym,
            kind,
            addend: record.r_addend,
        });
    }
    Ok(())
}

/// A record has to refer to an import or to a symbol in a placed section.
fn check_target(symbols: &[Symbol<'_>], number: u32) -> Result<(), RecordError> {
    let symbol = symbols.get(number as usize).ok_or(RecordError::NoSymbol { number })?;
    match symbol.place() {
        Place::Import => Ok(()),
        Place::Section { .. } if symbol.is_placed() => Ok(()),
        _ => Err(RecordError::NotPlaced { symbol: symbol.label(number as usize) }),
    }
}

/// A record has to lie within the bytes of its section, and an instruction has to be one that the type is for.
fn place(target: &Section<'_>, offset: u64, kind: Kind) -> Result<u32, RecordError> {
    let outside = RecordError::OutsideSection { bytes: target.data().len() };
    let start = usize::try_from(offset).ok();
    let bytes = start.and_then(|start| target.data().get(start..start.checked_add(kind.width_bytes())?));
    let (Some(bytes), Ok(narrow)) = (bytes, u32::try_from(offset)) else { return Err(outside) };
    if !kind.is_instruction() {
        return Ok(narrow);
    }
    if target.region() != Some(Region::Text) {
        return Err(RecordError::InstructionInData { kind });
    }
    if !offset.is_multiple_of(4) {
        return Err(RecordError::UnalignedInstruction { kind });
    }
    let word = bytes.first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
    if !kind.fits_instruction(word) {
        return Err(RecordError::OtherInstruction { kind, word });
    }
    Ok(narrow)
}

/// No byte may be changed twice, or the order of records would matter.
fn check_overlap(relocations: &[Relocation], sections: &[Section<'_>]) -> Result<(), ObjectError> {
    for pair in relocations.windows(2) {
        if let [first, second] = pair
            && first.section == second.section
            && second.offset() < first.offset() + first.kind.width_bytes()
        {
            return Err(ObjectError::Record {
                section: sections.get(second.section()).map_or_else(String::new, |s| s.name().into()),
                offset: u64::from(second.offset),
                cause: RecordError::Overlaps { other: u64::from(first.offset) },
            });
        }
    }
    Ok(())
}
