//! Table: the rule for each instruction of some code.
//!
//! All numbers are little-endian; offsets count bytes from the beginning of the code that the table describes.
//!
//! | bytes          | content                                                                                       |
//! |----------------|-----------------------------------------------------------------------------------------------|
//! | 4              | how many rows                                                                                 |
//! | 4              | how many rules                                                                                |
//! | 4              | how many landing pads                                                                         |
//! | 4 each         | rows, in the order of their offsets: bits 31-12 offset / 4, bit 11 whether a function begins, 10-0 number of the rule |
//! | 16 each        | rules: size / 8 (2 bytes), base (0 for sp, 1 for x29, 2 for x9), 0, then for x19 to x30 how far below the frame's end / 8 |
//! | 12 each        | landing pads, in the order of their offsets: first and behind-the-last offset of calls, offset of the pad |
//!
//! A row holds from its offset to that of the next one. Rule number 2047 says that nothing is known. A landing pad is where a frame
//! is cleaned up whose call does not return (Itanium C++ ABI, Exception Handling, 1.6).

use core::fmt;

use crate::rule::Rule;

/// Length of the head.
pub(crate) const HEAD: usize = 12;
/// Length of a row.
const ROW: usize = 4;
/// Length of a landing pad.
const PAD: usize = 12;
/// The number of a rule that is none.
pub(crate) const UNKNOWN: u32 = 0x7ff;
/// In a row: a function begins.
pub(crate) const BEGINS: u32 = 0x800;
/// Where in a row the offset begins.
pub(crate) const OFFSET_SHIFT: u32 = 12;
/// Length of an instruction.
pub(crate) const INSTRUCTION: u32 = 4;

/// The rule for each instruction of some code.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    rows: &'a [[u8; ROW]],
    rules: &'a [[u8; Rule::BYTES]],
    pads: &'a [[u8; PAD]],
}

/// Bytes that are no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableError {
    /// It says that it is longer, or shorter, than it is.
    Length {
        /// How long it says it is.
        said: u64,
        /// How long it is.
        bytes: usize,
    },
}

impl fmt::Display for TableError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { said, bytes } => {
                write!(out, "a table of frames of {said} bytes is said to be in {bytes}")
            }
        }
    }
}

impl core::error::Error for TableError {}

impl<'a> Table<'a> {
    /// The table in `bytes`.
    ///
    /// # Errors
    /// [`TableError`]. Rows that are out of order are not looked for: what is found by them is wrong, and nothing worse.
    pub fn new(bytes: &'a [u8]) -> Result<Self, TableError> {
        let error = |said| TableError::Length { said, bytes: bytes.len() };
        let (head, rest) = bytes.split_at_checked(HEAD).ok_or_else(|| error(HEAD as u64))?;
        let (head, _) = head.as_chunks::<4>();
        let count = |at: usize| head.get(at).map_or(0, |number| u32::from_le_bytes(*number) as usize);
        let lengths = [(count(0), ROW), (count(1), Rule::BYTES), (count(2), PAD)];
        let said = lengths.iter().map(|(count, each)| *count as u64 * *each as u64).sum::<u64>();
        if said != rest.len() as u64 {
            return Err(error(said + HEAD as u64));
        }
        let (rows, rest) = rest.split_at(count(0) * ROW);
        let (rules, pads) = rest.split_at(count(1) * Rule::BYTES);
        Ok(Self { rows: rows.as_chunks().0, rules: rules.as_chunks().0, pads: pads.as_chunks().0 })
    }

    /// A table in which nothing is known.
    pub const fn empty() -> Self {
        Self { rows: &[], rules: &[], pads: &[] }
    }

    /// The rule for the instruction at `offset`.
    pub fn rule_at(&self, offset: u32) -> Option<Rule> {
        let row = self.row(self.index_of(offset)?);
        self.rules.get((row & UNKNOWN) as usize).map(Rule::decode)
    }

    /// Where the function begins that the instruction at `offset` is of.
    pub fn function_at(&self, offset: u32) -> Option<u32> {
        let last = self.index_of(offset)?;
        let begins = (0..=last).rev().map(|at| self.row(at)).find(|row| row & BEGINS != 0)?;
        Some(offset_of(begins))
    }

    /// Where the frame is cleaned up whose call at `offset` does not return.
    pub fn landing_pad_at(&self, offset: u32) -> Option<u32> {
        let after = self.pads.partition_point(|pad| word(pad, 0) <= offset);
        let pad = self.pads.get(after.checked_sub(1)?)?;
        (offset < word(pad, 1)).then(|| word(pad, 2))
    }

    /// How many rows, rules and landing pads there are.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.rows.len(), self.rules.len(), self.pads.len())
    }

    fn index_of(&self, offset: u32) -> Option<usize> {
        let after = self.rows.partition_point(|row| offset_of(u32::from_le_bytes(*row)) <= offset);
        after.checked_sub(1)
    }

    fn row(&self, at: usize) -> u32 {
        self.rows.get(at).map_or(UNKNOWN, |row| u32::from_le_bytes(*row))
    }
}

fn offset_of(row: u32) -> u32 {
    (row >> OFFSET_SHIFT) * INSTRUCTION
}

fn word(pad: &[u8; PAD], at: usize) -> u32 {
    pad.as_chunks().0.get(at).map_or(0, |word| u32::from_le_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::{HEAD, Table, TableError};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_bytes_make_a_table_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), offset: u32) {
            if let Ok(table) = Table::new(&bytes) {
                let _ = (table.rule_at(offset), table.function_at(offset), table.landing_pad_at(offset));
            }
        }

        #[test]
        fn rows_of_any_kind_make_no_table_panic(mut bytes in prop::collection::vec(any::<u8>(), 80..=80), offset: u32) {
            // Ten rows and two rules, and four bytes too many.
            bytes.truncate(72);
            let mut all = [10_u32.to_le_bytes(), 2_u32.to_le_bytes(), 0_u32.to_le_bytes()].concat();
            all.extend(&bytes);
            let table = Table::new(&all).expect("the lengths fit");
            let _ = (table.rule_at(offset), table.function_at(offset), table.landing_pad_at(offset));
        }
    }

    #[test]
    fn a_table_that_lies_about_its_length_is_refused() {
        assert_eq!(Table::new(&[0; HEAD - 1]).err(), Some(TableError::Length { said: 12, bytes: 11 }));
        let mut bytes = vec![0xff; HEAD];
        bytes[3] = 0;
        assert!(matches!(Table::new(&bytes), Err(TableError::Length { .. })));
        assert!(Table::new(&[0; HEAD]).is_ok());
    }
}
