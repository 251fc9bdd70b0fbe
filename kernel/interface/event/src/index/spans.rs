//! Spans: from a key to the rows with a range around it, or with the longest prefix of it.
//!
//! The ends of all spans cut the keys into stretches in each of which every key finds the same rows. These are worked
//! out when a row comes or goes; a lookup is a binary search for the stretch.
//!
//! Invariants:
//! - Stretches are disjoint and ascending; what a stretch holds is in ascending order of labels.
//! - Of the prefixes around a stretch only the longest count, all of them when several rows ask for that one.
//! - There is at least one row.
//!
//! To make a version takes as long as a sort of all rows and a copy of what each stretch holds: in time and in memory the
//! square of the rows if they all overlap, much less if they don't.
//!
//! This file does not know about keys that are named one by one.
//!
//! Source: elementary intervals as in Bentley, "Solutions to Klee's rectangle problems", Carnegie Mellon University,
//! 1977, found by a sweep over the ends; here kept in full, without a tree over them, since they are read far more often
//! than made.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Row, sorted};
use crate::pattern::Pattern;

/// All rows with a range or a prefix.
#[derive(Debug)]
pub(super) struct Spans<V> {
    /// The first key of each stretch. What lies before the first of them finds nothing.
    starts: Box<[u64]>,
    /// What the keys of each stretch find.
    found: Box<[Box<[Row<V>]>]>,
    /// What all this is made of, in ascending order of labels.
    spans: Vec<Span<V>>,
}

/// A row and the keys it is for.
#[derive(Clone, Debug)]
pub(super) struct Span<V> {
    first: u64,
    last: u64,
    /// For a prefix, its length.
    prefix_bits: Option<u32>,
    pub(super) row: Row<V>,
}

impl<V> Span<V> {
    /// A row for the keys of `pattern`, if that is a range or a prefix.
    pub(super) fn of(label: u64, pattern: &Pattern, value: V) -> Option<Self> {
        let (first, last) = pattern.ends()?;
        Some(Self { first, last, prefix_bits: pattern.prefix_bits(), row: Row { label, value } })
    }

    fn edges(&self) -> impl Iterator<Item = Edge<'_, V>> {
        let begin = Edge { key: self.first, begins: true, span: self };
        // What lasts to the very end has no edge there.
        let end = self.last.checked_add(1).map(|key| Edge { key, begins: false, span: self });
        [Some(begin), end].into_iter().flatten()
    }
}

/// A key from which on one row more or one less is found.
#[derive(Clone)]
struct Edge<'a, V> {
    key: u64,
    begins: bool,
    span: &'a Span<V>,
}

impl<V: Clone> Spans<V> {
    /// The lookup for `spans`, in whatever order they come; none for none.
    pub(super) fn of(spans: Vec<Span<V>>) -> Option<Arc<Self>> {
        if spans.is_empty() {
            return None;
        }
        let spans = sorted(spans, |span| span.row.label);
        let edges = sorted(spans.iter().flat_map(Span::edges).collect(), |edge: &Edge<'_, V>| edge.key);
        let mut around = BTreeMap::new();
        let stretches = edges.chunk_by(|one, next| one.key == next.key).map(|edges| {
            for Edge { begins, span, .. } in edges {
                if *begins {
                    around.insert(span.row.label, *span);
                } else {
                    around.remove(&span.row.label);
                }
            }
            (edges[0].key, counting(&around))
        });
        let stretches: Vec<_> = stretches.collect();
        let starts = stretches.iter().map(|(start, _)| *start).collect();
        let found = stretches.into_iter().map(|(_, found)| found).collect();
        Some(Arc::new(Self { starts, found, spans }))
    }
}

impl<V> Spans<V> {
    /// What this was made of.
    pub(super) fn all(&self) -> &[Span<V>] {
        &self.spans
    }

    /// The rows that count for `key`. Not inlined: a search is no matter of a few instructions.
    #[inline(never)]
    pub(super) fn find(&self, key: u64) -> &[Row<V>] {
        let behind = self.starts.partition_point(|start| *start <= key);
        behind.checked_sub(1).and_then(|at| self.found.get(at)).map_or(&[], |rows| rows)
    }
}

/// The rows that count of those `around` a key.
fn counting<V: Clone>(around: &BTreeMap<u64, &Span<V>>) -> Box<[Row<V>]> {
    let longest = around.values().filter_map(|span| span.prefix_bits).max();
    let counts = |span: &&&Span<V>| span.prefix_bits.is_none() || span.prefix_bits == longest;
    around.values().filter(counts).map(|span| span.row.clone()).collect()
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{Span, Spans};
    use crate::pattern::{Pattern, PatternError};

    fn spans<const N: usize>(patterns: [Result<Pattern, PatternError>; N]) -> Vec<Span<()>> {
        let span = |(label, pattern): (u64, Result<Pattern, PatternError>)| {
            Span::of(label, &pattern.expect("a pattern"), ()).expect("a span")
        };
        (0..).zip(patterns).map(span).collect()
    }

    fn labels(spans: &Spans<()>, key: u64) -> Vec<u64> {
        spans.find(key).iter().map(|row| row.label).collect()
    }

    #[test]
    fn no_spans_are_nothing_to_search() {
        assert!(Spans::<()>::of(Vec::new()).is_none());
    }

    #[test]
    fn ranges_that_overlap_are_all_found_up_to_their_ends() {
        let ranges = [Pattern::range(10..=20), Pattern::range(15..=30), Pattern::range(20..=20)];
        let spans = Spans::of(spans(ranges)).expect("some spans");
        let found = [9, 10, 14, 15, 19, 20, 21, 30, 31].map(|key| labels(&spans, key));
        assert_eq!(found.concat(), [0, 0, 0, 1, 0, 1, 0, 1, 2, 1, 1]);
        assert!(found[0].is_empty() && found[8].is_empty());
    }

    #[test]
    fn a_range_to_the_last_key_holds_the_last_key() {
        let spans = Spans::of(spans([Pattern::range(0..=u64::MAX), Pattern::range(u64::MAX..=u64::MAX)]));
        let spans = spans.expect("some spans");
        assert_eq!(labels(&spans, 0), [0]);
        assert_eq!(labels(&spans, u64::MAX - 1), [0]);
        assert_eq!(labels(&spans, u64::MAX), [0, 1]);
    }

    #[test]
    fn of_prefixes_only_the_longest_count_and_ranges_always() {
        let prefix = |value: u64, bits| Pattern::longest_prefix(value, bits);
        let (wide, narrow) = (0x0a00_u64 << 48, 0x0a01_u64 << 48);
        let patterns = [
            prefix(narrow, 16),
            prefix(0, 0),
            prefix(wide, 8),
            Pattern::range(0..=u64::MAX),
            prefix(narrow, 16),
        ];
        let spans = Spans::of(spans(patterns)).expect("some spans");
        assert_eq!(labels(&spans, narrow + 5), [0, 3, 4]);
        assert_eq!(labels(&spans, wide + 5), [2, 3]);
        assert_eq!(labels(&spans, 5), [1, 3]);
    }
}
