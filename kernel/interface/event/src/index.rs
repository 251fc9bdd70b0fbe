//! Index: from a key to the rows whose pattern holds for it.
//!
//! A raise that carries a key does not ask the guard of each handler in turn; it looks up those that are meant. What a
//! row is worth is up to the caller; its label says where in the order it stands.
//!
//! Invariants:
//! - A version of the index never changes. An insert or a remove makes another one, which shares with the old one all
//!   that is the same in both, so that the old one may still be read elsewhere.
//! - A lookup takes no lock and allocates nothing. Its cost for keys that are named one by one does not depend on how
//!   many there are; ranges and prefixes cost nothing but a look whether there are any, or else a binary search.
//! - What is found is in ascending order of labels. A label stands for one row, and whoever inserts sees to it that none
//!   is used twice.
//!
//! This file knows neither events nor handlers, nor who makes a new version the current one.
//!
//! Sources: Driscoll, Sarnak, Sleator and Tarjan, "Making data structures persistent", JCSS 38, 1989, for the copying
//! of the path that changes; those of the two parts are named in their files.

mod exact;
#[cfg(test)]
mod model;
mod spans;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use self::exact::Exact;
use self::spans::{Span, Spans};
use crate::pattern::Pattern;
use crate::record::Slot;

/// One version of the index. A clone shares all of it.
#[derive(Clone, Debug)]
pub(crate) struct Index<V> {
    /// Rows by each key that is named.
    exact: Exact<V>,
    /// Rows with a range or a prefix, if there are any.
    spans: Option<Arc<Spans<V>>>,
}

/// A value and its place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row<V> {
    pub(crate) label: u64,
    pub(crate) value: V,
}

/// What holds for a key: two rows of rows, each in ascending order of labels.
#[derive(Debug)]
pub(crate) struct Found<'a, V> {
    /// Those that name the key.
    pub(crate) exact: &'a [Row<V>],
    /// Those with a range around it or the longest prefix of it.
    pub(crate) spans: &'a [Row<V>],
}

/// What an index gives can be named by a slot.
pub(crate) trait Slotted {
    /// The slot.
    fn slot(&self) -> Slot;
}

impl<V: Clone + Slotted> Index<V> {
    /// An index of no rows.
    pub(crate) fn new() -> Self {
        Self { exact: Exact::new(), spans: None }
    }

    /// An index of `rows`, in whatever order they come: each its label, its pattern and its value.
    pub(crate) fn rebuild<'a>(rows: impl Iterator<Item = (u64, &'a Pattern, V)>) -> Self {
        let mut by_key = BTreeMap::<u64, Vec<Row<V>>>::new();
        let mut spans = Vec::new();
        for (label, pattern, value) in rows {
            for &key in pattern.keys() {
                by_key.entry(key).or_default().push(Row { label, value: value.clone() });
            }
            spans.extend(Span::of(label, pattern, value));
        }
        let mut exact = Exact::new();
        for (key, rows) in by_key {
            exact.set(key, sorted(rows, |row| row.label));
        }
        Self { exact, spans: Spans::of(spans) }
    }

    /// Whether there are no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.spans.is_none()
    }

    /// This and one more row.
    pub(crate) fn insert(&self, label: u64, pattern: &Pattern, value: V) -> Self {
        let mut new = self.clone();
        for &key in pattern.keys() {
            let mut rows = without(self.exact.find(key), label);
            let at = rows.partition_point(|row| row.label < label);
            rows.insert(at, Row { label, value: value.clone() });
            new.exact.set(key, rows);
        }
        if let Some(span) = Span::of(label, pattern, value) {
            new.spans = Spans::of(self.spans_but(label).chain([span]).collect());
        }
        new
    }

    /// This without the row of that label, which was inserted with `pattern`.
    pub(crate) fn remove(&self, label: u64, pattern: &Pattern) -> Self {
        let mut new = self.clone();
        for &key in pattern.keys() {
            new.exact.set(key, without(self.exact.find(key), label));
        }
        if pattern.ends().is_some() {
            new.spans = Spans::of(self.spans_but(label).collect());
        }
        new
    }

    /// The rows whose pattern holds for `key`.
    #[inline]
    pub(crate) fn find(&self, key: u64) -> Found<'_, V> {
        let spans = self.spans.as_ref().map_or(&[][..], |spans| spans.find(key));
        Found { exact: self.exact.find(key), spans }
    }

    /// This version without what several rows or a span make of it, if it has no spans.
    pub(crate) fn quick(&self) -> Option<Quick<V>> {
        self.spans.is_none().then(|| Quick(self.exact.quick()))
    }

    fn spans_but(&self, label: u64) -> impl Iterator<Item = Span<V>> {
        let all = self.spans.iter().flat_map(|spans| spans.all());
        all.filter(move |span| span.row.label != label).cloned()
    }
}

/// A version of an index that has no spans, for the usual lookup: a key that one row names.
#[derive(Debug)]
pub(crate) struct Quick<V>(exact::Quick<V>);

impl<V> Quick<V> {
    /// The slot of the only row whose pattern holds for `key`. None, or one that no row has, where there is none, or there are
    /// several, or it takes longer to find it.
    #[inline(always)]
    pub(crate) fn find_only(&self, key: u64) -> Option<u64> {
        self.0.find_only(key)
    }
}

/// `rows` but the one with `label`.
fn without<V: Clone>(rows: &[Row<V>], label: u64) -> Vec<Row<V>> {
    // Room for the one that may come in its place.
    let mut others = Vec::with_capacity(rows.len() + 1);
    others.extend(rows.iter().filter(|row| row.label != label).cloned());
    others
}

/// The values by rising numbers; of those with equal ones the earlier comes first. What is sorted are pairs of numbers, whatever the
/// values are: a routine that sorts is some three kilobytes for each type that it is compiled for.
fn sorted<T: Clone>(values: Vec<T>, number: impl Fn(&T) -> u64) -> Vec<T> {
    if values.is_sorted_by_key(&number) {
        return values;
    }
    let mut order: Vec<(u64, usize)> = values.iter().map(number).zip(0..).collect();
    order.sort_unstable();
    order.into_iter().filter_map(|(_, at)| values.get(at).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{Index, Row, Slotted};
    use crate::pattern::Pattern;
    use crate::record::Slot;

    impl Slotted for &str {
        fn slot(&self) -> Slot {
            self.len() as Slot
        }
    }

    impl Slotted for u64 {
        fn slot(&self) -> Slot {
            *self as Slot
        }
    }

    impl Slotted for usize {
        fn slot(&self) -> Slot {
            *self as Slot
        }
    }

    #[test]
    fn a_quick_lookup_gives_the_only_row_and_none_of_several() {
        let one = Index::new().insert(1, &Pattern::equal(80), 7_u64);
        let two = one.insert(2, &Pattern::equal(80), 8);
        let quick =
            |index: &Index<u64>| index.quick().map(|quick| (quick.find_only(80), quick.find_only(79)));
        assert_eq!(quick(&one), Some((Some(7), Some(u64::MAX))));
        assert_eq!(quick(&two), Some((Some(u64::MAX), Some(u64::MAX))));
        let range = Pattern::range(0..=100).expect("a range");
        assert_eq!(quick(&two.insert(3, &range, 9)), None);
    }

    fn labels(rows: &[Row<&str>]) -> Vec<u64> {
        rows.iter().map(|row| row.label).collect()
    }

    #[test]
    fn rows_that_name_a_key_are_found_in_the_order_of_labels() {
        let set = Pattern::one_of([79, 80]).expect("a set");
        let index = Index::new().insert(30, &Pattern::equal(80), "late").insert(10, &set, "early");
        let index = index.insert(20, &Pattern::equal(80), "between").insert(15, &Pattern::equal(81), "else");
        assert_eq!(labels(index.find(80).exact), [10, 20, 30]);
        assert_eq!(labels(index.find(79).exact), [10]);
        assert!(index.find(78).exact.is_empty() && index.find(80).spans.is_empty());
    }

    #[test]
    fn an_old_version_finds_what_it_found_when_it_was_made() {
        let empty = Index::new();
        let range = Pattern::range(0..=100).expect("a range");
        let one = empty.insert(1, &Pattern::equal(80), "first");
        let two = one.insert(2, &range, "second");
        let none = two.remove(1, &Pattern::equal(80)).remove(2, &range);
        assert!(empty.is_empty() && none.is_empty() && !one.is_empty() && !two.is_empty());
        assert_eq!(labels(one.find(80).exact), [1]);
        assert!(one.find(80).spans.is_empty());
        assert_eq!((labels(two.find(80).exact), labels(two.find(80).spans)), ([1].into(), [2].into()));
        assert!(empty.find(80).exact.is_empty() && none.find(80).spans.is_empty());
    }

    #[test]
    fn the_removal_of_a_longest_prefix_lets_the_next_one_count() {
        let prefix = |bits| Pattern::longest_prefix(u64::MAX, bits).expect("a prefix");
        let index = Index::new().insert(1, &prefix(8), "long").insert(2, &prefix(4), "short");
        assert_eq!(labels(index.find(u64::MAX).spans), [1]);
        assert_eq!(labels(index.remove(1, &prefix(8)).find(u64::MAX).spans), [2]);
    }

    #[test]
    fn the_removal_of_one_that_is_not_there_changes_nothing() {
        let index = Index::new().insert(1, &Pattern::equal(80), "there");
        let index = index.remove(2, &Pattern::equal(80)).remove(2, &Pattern::equal(81));
        assert_eq!(index.find(80).exact, [Row { label: 1, value: "there" }]);
    }
}
