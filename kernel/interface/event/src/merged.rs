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

/// What is left of it.
pub(crate) struct Left<'a> {
    lists: [List<'a>; 2 * MAX_KEYS],
    used: usize,
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
        for list in [found.exact, found.spans] {
            self.lists[self.used] = list;
            self.used += 1;
        }
    }

    /// Those from label `from` on.
    #[inline(never)]
    pub(crate) fn from(&self, from: u64) -> Left<'a> {
        let mut left = Left { lists: self.lists, used: self.used, rest: self.finder.rest.from(from) };
        for list in left.lists.iter_mut().take(self.used) {
            *list = &list[list.partition_point(|row| row.label < from)..];
        }
        left
    }
}

impl<'a> Iterator for Left<'a> {
    type Item = (u64, &'a Arc<Record>);

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        let heads = self.lists.iter_mut().take(self.used);
        let heads = heads.filter_map(|list| Some((list.first()?, list)));
        let least = heads.min_by_key(|(row, _)| row.label);
        match least {
            Some((found, list)) if self.rest.peek().is_none_or(|other| found.label < other.0) => {
                *list = &list[1..];
                Some((found.label, &found.value.record))
            }
            _ => self.rest.next(),
        }
    }
}
