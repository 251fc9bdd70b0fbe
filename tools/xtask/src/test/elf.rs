//! The bytes of an object as something to spoil: fields of its headers, records and note, at the places where the format has
//! them.
//!
//! Source: System V gABI, chapter 4; for the note, `spindle_linker::note`.

use anyhow::{Context, Result, bail};

const HEADER_BYTES: usize = 64;
const SYMBOL_BYTES: usize = 24;
const RECORD_BYTES: usize = 24;

/// An object's bytes, without signature.
pub(super) struct Payload(pub(super) Vec<u8>);

/// A relocation record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) offset: u64,
    pub(super) kind: u32,
    pub(super) symbol: u32,
    pub(super) addend: i64,
}

/// A section's header.
pub(super) struct Header<'p> {
    payload: &'p mut Payload,
    at: usize,
}

impl Payload {
    /// Writes `bytes` at `at`.
    pub(super) fn put(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        let place = self.0.get_mut(at..at + bytes.len()).context("the object ends before")?;
        place.copy_from_slice(bytes);
        Ok(())
    }

    fn number<const N: usize>(&self, at: usize) -> Result<u64> {
        let bytes = self.0.get(at..at + N).context("the object ends before")?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Where the header of the section `name` stands.
    fn header(&self, name: &str) -> Result<usize> {
        let (table, count, names) = (self.number::<8>(40)?, self.number::<2>(60)?, self.number::<2>(62)?);
        let header = |number: u64| table as usize + number as usize * HEADER_BYTES;
        let strings = self.number::<8>(header(names) + 24)? as usize;
        for number in 0..count {
            let start = strings + self.number::<4>(header(number))? as usize;
            let text = self.0.get(start..).context("a section has no name")?;
            if text.starts_with(name.as_bytes()) && text.get(name.len()) == Some(&0) {
                return Ok(header(number));
            }
        }
        bail!("the good object has no {name}")
    }

    /// The header of the section `name`.
    pub(super) fn section(&mut self, name: &str) -> Result<Header<'_>> {
        let at = self.header(name)?;
        Ok(Header { payload: self, at })
    }

    /// Offset and length of what the section `name` holds.
    fn extent(&self, name: &str) -> Result<(usize, usize)> {
        let at = self.header(name)?;
        Ok((self.number::<8>(at + 24)? as usize, self.number::<8>(at + 32)? as usize))
    }

    /// Writes into what the section `name` holds.
    pub(super) fn contents(&mut self, name: &str, at: usize, bytes: &[u8]) -> Result<()> {
        let (start, _) = self.extent(name)?;
        self.put(start + at, bytes)
    }

    /// A byte of what the section `name` holds.
    pub(super) fn byte(&self, name: &str, at: usize) -> Result<u8> {
        let (start, _) = self.extent(name)?;
        self.0.get(start + at).copied().context("the object ends before")
    }

    fn records(&self, table: &str) -> Result<Vec<(usize, Record)>> {
        let (start, bytes) = self.extent(table)?;
        let record = |at| {
            let (offset, addend) = (self.number::<8>(at)?, self.number::<8>(at + 16)? as i64);
            let (kind, symbol) = (self.number::<4>(at + 8)? as u32, self.number::<4>(at + 12)? as u32);
            Ok((at, Record { offset, kind, symbol, addend }))
        };
        (start..start + bytes).step_by(RECORD_BYTES).map(record).collect()
    }

    /// The first record of `table` that is meant.
    pub(super) fn record(&self, table: &str, is_meant: impl Fn(&Record) -> bool) -> Result<Record> {
        let found = self.records(table)?.into_iter().find(|(_, record)| is_meant(record));
        found.map(|(_, record)| record).with_context(|| format!("{table} has no such record"))
    }

    /// Changes the first record of `table` that is meant.
    pub(super) fn change(
        &mut self,
        table: &str,
        is_meant: impl Fn(&Record) -> bool,
        change: impl Fn(&mut Record),
    ) -> Result<()> {
        let found = self.records(table)?.into_iter().find(|(_, record)| is_meant(record));
        let (at, mut record) = found.with_context(|| format!("{table} has no such record"))?;
        change(&mut record);
        self.put(at, &record.offset.to_le_bytes())?;
        self.put(at + 8, &record.kind.to_le_bytes())?;
        self.put(at + 12, &record.symbol.to_le_bytes())?;
        self.put(at + 16, &record.addend.to_le_bytes())
    }

    /// Where each symbol stands that is global and defined nowhere, by its number.
    fn undefined(&self) -> Result<Vec<(u32, usize)>> {
        let (start, bytes) = self.extent(".symtab")?;
        let mut found = Vec::new();
        for (number, at) in (start..start + bytes).step_by(SYMBOL_BYTES).enumerate().skip(1) {
            if self.number::<2>(at + 6)? == 0 && self.number::<1>(at + 4)? >> 4 != 0 {
                found.push((number as u32, at));
            }
        }
        Ok(found)
    }

    /// The numbers of the symbols that are imported.
    pub(super) fn imports(&self) -> Result<Vec<u32>> {
        Ok(self.undefined()?.into_iter().map(|(number, _)| number).collect())
    }

    /// Defines what the first import wants, in the section `name` at `offset`.
    pub(super) fn define_import(&mut self, name: &str, offset: u64) -> Result<()> {
        let section = self.section(name)?.number()?;
        let (_, at) = *self.undefined()?.first().context("the good object imports nothing")?;
        self.put(at + 6, &(section as u16).to_le_bytes())?;
        self.put(at + 8, &offset.to_le_bytes())
    }

    fn find(&self, text: &[u8]) -> Result<usize> {
        let (start, bytes) = self.extent(".ext.deps")?;
        let note = self.0.get(start..start + bytes).context("the object ends before")?;
        let at = note.windows(text.len()).position(|window| window == text);
        Ok(start + at.with_context(|| format!("the note hasn't `{}`", text.escape_ascii()))?)
    }

    /// Writes `new` over `old` in the note.
    pub(super) fn replace(&mut self, old: &[u8], new: &[u8]) -> Result<()> {
        let at = self.find(old)?;
        self.put(at, new)
    }

    /// Puts the last two hashes of the note into the wrong order, or makes the last the same as the one before.
    pub(super) fn swap_hashes(&mut self, is_same: bool) -> Result<()> {
        let (start, bytes) = self.extent(".ext.deps")?;
        let last = start + bytes - 8;
        let (one, other) = (self.number::<8>(last - 8)?, self.number::<8>(last)?);
        self.put(last, &one.to_le_bytes())?;
        if is_same { Ok(()) } else { self.put(last - 8, &other.to_le_bytes()) }
    }

    /// Takes the digest away that stands behind the name of a published crate.
    pub(super) fn clear_published_digest(&mut self, name: &[u8]) -> Result<()> {
        let at = self.find(name)?;
        self.put(at + name.len(), &[0; 32])
    }
}

impl Header<'_> {
    pub(super) fn name(&self) -> Result<u32> {
        Ok(self.payload.number::<4>(self.at)? as u32)
    }

    pub(super) fn offset(&self) -> Result<u64> {
        self.payload.number::<8>(self.at + 24)
    }

    pub(super) fn bytes(&self) -> Result<u64> {
        self.payload.number::<8>(self.at + 32)
    }

    pub(super) fn number(&self) -> Result<u32> {
        let table = self.payload.number::<8>(40)? as usize;
        Ok(((self.at - table) / HEADER_BYTES) as u32)
    }

    pub(super) fn set_name(self, offset: u32) -> Result<()> {
        self.payload.put(self.at, &offset.to_le_bytes())
    }

    pub(super) fn set_kind(self, kind: u32) -> Result<()> {
        self.payload.put(self.at + 4, &kind.to_le_bytes())
    }

    pub(super) fn set_flags(self, flags: u64) -> Result<()> {
        self.payload.put(self.at + 8, &flags.to_le_bytes())
    }

    pub(super) fn set_address(self, address: u64) -> Result<()> {
        self.payload.put(self.at + 16, &address.to_le_bytes())
    }

    pub(super) fn set_offset(self, offset: u64) -> Result<()> {
        self.payload.put(self.at + 24, &offset.to_le_bytes())
    }

    pub(super) fn set_bytes(self, bytes: u64) -> Result<()> {
        self.payload.put(self.at + 32, &bytes.to_le_bytes())
    }

    pub(super) fn set_link(self, number: u32) -> Result<()> {
        self.payload.put(self.at + 40, &number.to_le_bytes())
    }

    pub(super) fn set_info(self, number: u32) -> Result<()> {
        self.payload.put(self.at + 44, &number.to_le_bytes())
    }

    pub(super) fn set_align(self, bytes: u64) -> Result<()> {
        self.payload.put(self.at + 48, &bytes.to_le_bytes())
    }
}
