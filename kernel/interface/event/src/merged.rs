//! Merged: what several lookups have found, and those who are asked at every raise, in the order of their labels.

use alloc::sync::Arc;

use crate::index::Row;
use crate::keyed::MAX_KEYS;
use crate::lookup::{Finder, Found};
use crate::record::Record;
use crate::stretch::Tail;

/// Rows that one lookup has found.
type List<'a> = &'a [Row<Found>];

/// All that one raise concerns.
pub(crate) struct Merged<'a> {
    finder: &'a Finder,
    /// Two for each value that was looked up: so many are in use.
    lists: [List<'a>; 2 * MAX_KEYS],
    used: usize,
}

/// Where one who goes through it is.
pub(crate) struct Cursor<'a> {
    merged: &'a Merged<'a>,
    /// Which row of each list is next.
    heads: [usize; 2 * MAX_KEYS],
    rest: Tail<'a>,
}

impl<'a> Merged<'a> {
    pub(crate) fn new(finder: &'a Finder) -> Self {
        Self { finder, lists: [&[]; 2 * MAX_KEYS], used: 0 }
    }

    /// Looks up what the next key's value is.
    #[inline(never)]
    pub(crate) fn look_up(&mut self, value: u64) {
        let Some(index) = self.finder.by.get(self.used / 2) else { return };
        let found = index.find(value);
        if let Some(pair) = self.lists.get_mut(self.used..self.used + 2) {
            pair.copy_from_slice(&[found.exact, found.spans]);
            self.used += 2;
        }
    }

    /// Those from label `from` on.
    #[inline(always)]
    pub(crate) fn from(&self, from: u64) -> Cursor<'_> {
        let mut cursor = Cursor { merged: self, heads: [0; 2 * MAX_KEYS], rest: self.finder.rest.all() };
        // The usual raise begins at the first of each.
        if from > 0 {
            cursor.seek(from);
        }
        cursor
    }
}

impl Cursor<'_> {
    /// Goes to label `from`. In place, since it is larger than what a raise should copy.
    #[cold]
    #[inline(never)]
    fn seek(&mut self, from: u64) {
        self.rest = self.merged.finder.rest.from(from);
        for (head, list) in self.heads.iter_mut().zip(&self.merged.lists) {
            *head = list.partition_point(|row| row.label < from);
        }
    }
}

impl<'a> Iterator for Cursor<'a> {
    type Item = (u64, &'a Arc<Record>);

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        let mut least: Option<(&'a Row<Found>, &mut usize)> = None;
        for (list, head) in self.merged.lists.iter().zip(&mut self.heads).take(self.merged.used) {
            if let Some(row) = list.get(*head)
                && least.as_ref().is_none_or(|(other, _)| row.label < other.label)
            {
                least = Some((row, head));
            }
        }
        match least {
            Some((found, head)) if self.rest.peek().is_none_or(|other| found.label < other.0) => {
                *head += 1;
                Some((found.label, &found.value.record))
            }
            _ => self.rest.next(),
        }
    }
}
