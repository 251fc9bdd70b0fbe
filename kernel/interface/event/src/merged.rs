//! Merged: what several lookups have found, and those who are asked at every raise, in the order of their labels.

use alloc::sync::Arc;

use crate::index::Row;
use crate::keyed::MAX_KEYS;
use crate::lookup::Found;
use crate::record::Record;
use crate::stretch::Stretches;

/// Rows that one lookup has found.
pub(crate) type List<'a> = &'a [Row<Found>];

/// All that one raise concerns.
pub(crate) struct Merged<'a> {
    pub(crate) rest: &'a Stretches,
    pub(crate) lists: [List<'a>; 2 * MAX_KEYS],
}

impl<'a> Merged<'a> {
    /// Gives `visit` label and record of each from label `from` on, until it says that this is enough.
    pub(crate) fn visit(&self, from: u64, visit: &mut dyn FnMut(u64, &Arc<Record>) -> bool) {
        let mut heads = [0; 2 * MAX_KEYS];
        for (head, list) in heads.iter_mut().zip(&self.lists) {
            *head = list.partition_point(|row| row.label < from);
        }
        let mut rest = self.rest.from(from).peekable();
        loop {
            let next = heads.iter().zip(&self.lists).enumerate();
            let least = next
                .filter_map(|(at, (head, list))| Some((list.get(*head)?, at)))
                .min_by_key(|(row, _)| row.label);
            let (label, record) = match (least, rest.peek()) {
                (Some((found, at)), other) if other.is_none_or(|other| found.label < other.0) => {
                    heads[at] += 1;
                    (found.label, &found.value.record)
                }
                _ => match rest.next() {
                    Some(row) => row,
                    None => return,
                },
            };
            if visit(label, record) {
                return;
            }
        }
    }
}
