//! Altering an object field by field, as somebody would who wants to get something past the linker.

use elf::ElfBytes;
use elf::endian::LittleEndian;

use crate::fixture::EVERY_KIND;

/// Length of a section header in bytes; of a symbol and of a relocation record.
const SECTION_HEADER: usize = 64;
const SYMBOL: usize = 24;
const RECORD: usize = 24;

/// Fields of a section header: offset and length in bytes.
pub(crate) const SH_NAME: Field = Field(0, 4);
pub(crate) const SH_TYPE: Field = Field(4, 4);
pub(crate) const SH_FLAGS: Field = Field(8, 8);
pub(crate) const SH_ADDR: Field = Field(16, 8);
pub(crate) const SH_OFFSET: Field = Field(24, 8);
pub(crate) const SH_SIZE: Field = Field(32, 8);
pub(crate) const SH_LINK: Field = Field(40, 4);
pub(crate) const SH_INFO: Field = Field(44, 4);
pub(crate) const SH_ALIGN: Field = Field(48, 8);
pub(crate) const SH_ENTSIZE: Field = Field(56, 8);

/// Fields of a symbol.
pub(crate) const ST_NAME: Field = Field(0, 4);
pub(crate) const ST_INFO: Field = Field(4, 1);
pub(crate) const ST_SHNDX: Field = Field(6, 2);
pub(crate) const ST_VALUE: Field = Field(8, 8);
pub(crate) const ST_SIZE: Field = Field(16, 8);

/// Fields of a relocation record.
pub(crate) const R_OFFSET: Field = Field(0, 8);
pub(crate) const R_TYPE: Field = Field(8, 4);
pub(crate) const R_SYM: Field = Field(12, 4);
pub(crate) const R_ADDEND: Field = Field(16, 8);

/// A field: its offset and its length in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Field(usize, usize);

/// An object in the making.
pub(crate) struct Patched(pub(crate) Vec<u8>);

/// The object with a relocation of every type, to be altered.
pub(crate) fn every_kind() -> Patched {
    Patched(EVERY_KIND.to_vec())
}

impl Patched {
    pub(crate) fn header(mut self, offset: usize, bytes: usize, value: u64) -> Self {
        self.write(offset, Field(0, bytes), value);
        self
    }

    pub(crate) fn section(mut self, name: &str, field: Field, value: u64) -> Self {
        let at = self.section_header(name);
        self.write(at, field, value);
        self
    }

    pub(crate) fn symbol(mut self, name: &str, field: Field, value: u64) -> Self {
        let at = self.symbol_at(name);
        self.write(at, field, value);
        self
    }

    /// Alters the record of `section` that changes the bytes at `offset`.
    pub(crate) fn record(mut self, section: &str, offset: u64, field: Field, value: u64) -> Self {
        let table = self.section_range(&format!(".rela{section}"));
        let at = table
            .step_by(RECORD)
            .find(|at| self.0[*at..*at + 8] == offset.to_le_bytes())
            .expect("no such record");
        self.write(at, field, value);
        self
    }

    /// Replaces bytes of a section's contents.
    pub(crate) fn contents(mut self, section: &str, offset: usize, bytes: &[u8]) -> Self {
        let start = self.section_range(section).start + offset;
        self.0[start..start + bytes.len()].copy_from_slice(bytes);
        self
    }

    /// Replaces one text in the whole file by another of the same length.
    pub(crate) fn rename(mut self, from: &str, to: &str) -> Self {
        assert_eq!(from.len(), to.len());
        let places: Vec<_> =
            (0..self.0.len() - from.len()).filter(|at| self.0[*at..].starts_with(from.as_bytes())).collect();
        assert!(!places.is_empty(), "{from} is not in the object");
        for at in places {
            self.0[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        self
    }

    /// Moves a section to the end of the file and makes it `bytes` long, all zero.
    pub(crate) fn extended(mut self, name: &str, bytes: usize) -> Self {
        let end = self.0.len();
        self.0.resize(end + bytes, 0);
        self.section(name, SH_OFFSET, end as u64).section(name, SH_SIZE, bytes as u64)
    }

    /// Gives the object another note.
    pub(crate) fn note(self, note: &[u8]) -> Self {
        self.extended(".ext.deps", note.len()).contents(".ext.deps", 0, note)
    }

    /// Number of a section.
    pub(crate) fn number_of(&self, name: &str) -> u64 {
        (self.section_index(name)) as u64
    }

    /// Where a section's name stands among the names.
    pub(crate) fn name_offset(&self, name: &str) -> u64 {
        let headers = self.elf().section_headers().expect("headers");
        u64::from(headers.get(self.section_index(name)).expect("header").sh_name)
    }

    /// Where in the file a section's contents begin.
    pub(crate) fn offset_of(&self, name: &str) -> u64 {
        self.section_range(name).start as u64
    }

    fn write(&mut self, at: usize, Field(offset, bytes): Field, value: u64) {
        self.0[at + offset..at + offset + bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
    }

    fn elf(&self) -> ElfBytes<'_, LittleEndian> {
        ElfBytes::minimal_parse(&self.0).expect("readable")
    }

    fn section_index(&self, name: &str) -> usize {
        let elf = self.elf();
        let (headers, names) = elf.section_headers_with_strtab().expect("sections");
        let (headers, names) = (headers.expect("headers"), names.expect("names"));
        headers
            .iter()
            .position(|header| names.get(header.sh_name as usize).ok() == Some(name))
            .unwrap_or_else(|| panic!("no section {name}"))
    }

    fn section_header(&self, name: &str) -> usize {
        self.elf().ehdr.e_shoff as usize + self.section_index(name) * SECTION_HEADER
    }

    fn section_range(&self, name: &str) -> core::ops::Range<usize> {
        let headers = self.elf().section_headers().expect("headers");
        let header = headers.get(self.section_index(name)).expect("header");
        header.sh_offset as usize..(header.sh_offset + header.sh_size) as usize
    }

    fn symbol_at(&self, name: &str) -> usize {
        let elf = self.elf();
        let (symbols, names) = elf.symbol_table().expect("readable").expect("symbols");
        let index = symbols
            .iter()
            .position(|symbol| names.get(symbol.st_name as usize).ok() == Some(name))
            .unwrap_or_else(|| panic!("no symbol {name}"));
        self.section_range(".symtab").start + index * SYMBOL
    }
}
