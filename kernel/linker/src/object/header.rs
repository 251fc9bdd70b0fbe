//! The ELF header: is this an object that the linker understands at all?
//!
//! Source: System V gABI, chapter 4 "ELF Header"; AAELF64, "ELF header".

use elf::abi;
use elf::endian::LittleEndian;
use elf::file::{Class, FileHeader};
use elf::{ElfBytes, section::SectionHeader};

use super::error::{HeaderField, ObjectError};
use super::section::MAX_SECTIONS;

/// A file whose header is as it must be.
pub(crate) struct File<'o> {
    pub(crate) bytes: &'o [u8],
    pub(crate) elf: ElfBytes<'o, LittleEndian>,
}

/// Length of the header in bytes.
pub(crate) const HEADER_BYTES: usize = 64;
/// Length of a section header in bytes.
pub(crate) const SECTION_HEADER_BYTES: usize = 64;

impl<'o> File<'o> {
    /// The bytes of a section.
    pub(crate) fn data(&self, header: &SectionHeader) -> Option<&'o [u8]> {
        let start = usize::try_from(header.sh_offset).ok()?;
        let end = start.checked_add(usize::try_from(header.sh_size).ok()?)?;
        self.bytes.get(start..end)
    }
}

/// Checks the ELF header.
pub(crate) fn parse(bytes: &[u8]) -> Result<File<'_>, ObjectError> {
    let elf = ElfBytes::<LittleEndian>::minimal_parse(bytes).map_err(ObjectError::Unreadable)?;
    check(&elf.ehdr)?;
    Ok(File { bytes, elf })
}

fn check(header: &FileHeader<LittleEndian>) -> Result<(), ObjectError> {
    let class = match header.class {
        Class::ELF32 => abi::ELFCLASS32,
        Class::ELF64 => abi::ELFCLASS64,
    };
    // lld states GNU when a section has SHF_GNU_RETAIN, which `#[used]` gives.
    let system = if header.osabi == abi::ELFOSABI_GNU { abi::ELFOSABI_SYSV } else { header.osabi };
    let fields = [
        (HeaderField::Class, u64::from(class), u64::from(abi::ELFCLASS64)),
        (HeaderField::System, u64::from(system), u64::from(abi::ELFOSABI_SYSV)),
        (HeaderField::SystemVersion, u64::from(header.abiversion), 0),
        (HeaderField::Version, u64::from(header.version), u64::from(abi::EV_CURRENT)),
        (HeaderField::Type, u64::from(header.e_type), u64::from(abi::ET_REL)),
        (HeaderField::Machine, u64::from(header.e_machine), u64::from(abi::EM_AARCH64)),
        (HeaderField::Flags, u64::from(header.e_flags), 0),
        (HeaderField::HeaderSize, u64::from(header.e_ehsize), HEADER_BYTES as u64),
        (HeaderField::ProgramHeaders, u64::from(header.e_phnum), 0),
        (HeaderField::SectionHeaderSize, u64::from(header.e_shentsize), SECTION_HEADER_BYTES as u64),
    ];
    for (field, found, expected) in fields {
        if found != expected {
            return Err(ObjectError::Header { field, found, expected });
        }
    }
    let sections = usize::from(header.e_shnum);
    if sections == 0 || sections > MAX_SECTIONS {
        return Err(ObjectError::SectionCount { found: sections });
    }
    Ok(())
}
