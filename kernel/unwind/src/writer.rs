//! TableWriter: what the build makes a table with.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use crate::rule::Rule;
use crate::table::{BEGINS, INSTRUCTION, OFFSET_SHIFT, UNKNOWN};

/// A table in the making.
#[derive(Clone, Debug, Default)]
pub struct TableWriter {
    /// By offset: the rule, if one is known, and whether a function begins.
    rows: BTreeMap<u32, (Option<Rule>, bool)>,
    /// By first offset: the one behind the last, and the pad's.
    pads: BTreeMap<u32, (u32, u32)>,
}

/// What does not fit into a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Code at this offset: not a multiple of 4, or beyond 4 MiB.
    Offset(u32),
    /// One more rule than can be numbered.
    Rules(usize),
}

impl fmt::Display for Full {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offset(offset) => write!(out, "a table of frames has no room for code at {offset:#x}"),
            Self::Rules(count) => write!(out, "a table of frames has no room for {count} rules"),
        }
    }
}

impl core::error::Error for Full {}

impl TableWriter {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self { rows: BTreeMap::new(), pads: BTreeMap::new() }
    }

    /// From `offset` on `rule` holds, or nothing is known. Whether a function `begins` there.
    pub fn row(&mut self, offset: u32, rule: Option<Rule>, begins: bool) {
        // One that can't be encoded is one that nobody knows.
        let rule = rule.filter(|rule| rule.encode().is_some());
        let row = self.rows.entry(offset).or_insert((None, false));
        *row = (rule, begins || row.1);
    }

    /// A function ends before `offset`: nothing is known from there on, unless another one begins.
    pub fn end(&mut self, offset: u32) {
        self.rows.entry(offset).or_insert((None, true));
    }

    /// Calls from `first` up to, not including, `end` have their frame cleaned up at `pad`.
    pub fn landing_pad(&mut self, first: u32, end: u32, pad: u32) {
        self.pads.insert(first, (end, pad));
    }

    /// The table's bytes.
    ///
    /// # Errors
    /// [`Full`].
    pub fn finish(&self) -> Result<Vec<u8>, Full> {
        let (mut rules, mut rows) = (Vec::new(), Vec::new());
        let mut numbers = BTreeMap::new();
        let mut last = None;
        for (offset, (rule, begins)) in &self.rows {
            if !begins && last == Some(rule) {
                continue;
            }
            last = Some(rule);
            let number = match rule.and_then(|rule| rule.encode()) {
                None => UNKNOWN,
                Some(bytes) => *numbers.entry(bytes).or_insert_with(|| {
                    rules.push(bytes);
                    rules.len() as u32 - 1
                }),
            };
            let place = offset / INSTRUCTION;
            if !offset.is_multiple_of(INSTRUCTION) || place >> (u32::BITS - OFFSET_SHIFT) != 0 {
                return Err(Full::Offset(*offset));
            }
            rows.push(place << OFFSET_SHIFT | if *begins { BEGINS } else { 0 } | number);
        }
        if rules.len() > UNKNOWN as usize {
            return Err(Full::Rules(rules.len()));
        }
        let counts = [rows.len(), rules.len(), self.pads.len()].map(|count| (count as u32).to_le_bytes());
        let mut bytes = counts.concat();
        bytes.extend(rows.iter().flat_map(|row| row.to_le_bytes()));
        bytes.extend(rules.iter().flatten());
        let pads = self.pads.iter().flat_map(|(first, (end, pad))| [*first, *end, *pad]);
        bytes.extend(pads.flat_map(u32::to_le_bytes));
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{Full, TableWriter};
    use crate::rule::{Rule, SAVED};
    use crate::table::Table;
    use proptest::prelude::*;

    fn rule(number: u8) -> Option<Rule> {
        (number < 7).then(|| Rule {
            size: u32::from(number) * 16,
            saved: [u16::from(number) * 8; SAVED],
            ..Rule::NOTHING
        })
    }

    proptest! {
        #[test]
        fn every_offset_has_the_rule_of_the_last_row_before_it(
            rows in prop::collection::btree_map(0_u32..300, (0_u8..8, any::<bool>()), 0..40),
        ) {
            let mut writer = TableWriter::new();
            for (at, (number, begins)) in &rows {
                writer.row(at * 4, rule(*number), *begins);
            }
            let bytes = writer.finish().expect("fits");
            let table = Table::new(&bytes).expect("is one");
            for offset in 0..310_u32 {
                let row = rows.range(..=offset).next_back();
                prop_assert_eq!(table.rule_at(offset * 4), row.and_then(|(_, (number, _))| rule(*number)));
                let begin = rows.range(..=offset).rev().find(|(_, (_, begins))| *begins);
                prop_assert_eq!(table.function_at(offset * 4), begin.map(|(at, _)| at * 4));
            }
        }

        #[test]
        fn a_call_is_cleaned_up_where_its_range_says(
            ranges in prop::collection::btree_map(0_u32..40, (1_u32..8, any::<u32>()), 0..20),
        ) {
            let mut writer = TableWriter::new();
            for (at, (length, pad)) in &ranges {
                writer.landing_pad(at * 8, at * 8 + length, *pad);
            }
            let bytes = writer.finish().expect("fits");
            let table = Table::new(&bytes).expect("is one");
            for offset in 0..330_u32 {
                let found = ranges.get(&(offset / 8)).filter(|(length, _)| offset % 8 < *length);
                prop_assert_eq!(table.landing_pad_at(offset), found.map(|(_, pad)| *pad));
            }
        }
    }

    #[test]
    fn what_has_no_room_is_refused() {
        let mut writer = TableWriter::new();
        writer.row(1 << 22, None, true);
        assert_eq!(writer.finish(), Err(Full::Offset(1 << 22)));
        let mut writer = TableWriter::new();
        (0..2048_u32).for_each(|at| writer.row(at * 4, Some(Rule { size: at * 8, ..Rule::NOTHING }), false));
        assert_eq!(writer.finish(), Err(Full::Rules(2048)));
    }
}
