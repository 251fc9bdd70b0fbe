//! Stretches: the bindings of an event that are asked at every raise, in pieces that tables share.
//!
//! A walk is fastest over rows that lie side by side. A new table has mostly the rows of the old one, which may still be
//! walked; so what is shared is a stretch, and a change makes one or two stretches anew. The rows themselves, of the event's
//! own types, are made of stretches by `rows.rs`.
//!
//! Invariant: labels ascend from row to row and from stretch to stretch; no stretch is empty. How long each is, is a
//! matter of cost alone.
//!
//! This file does not know what becomes of a raise.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::record::Record;

/// How many rows a stretch has at most: what one change may cost.
const MOST: usize = 32;

/// Some records, and the labels that order them.
pub(crate) struct Stretch {
    labels: Box<[u64]>,
    records: Box<[Arc<Record>]>,
}

/// All records that are not found by a key.
#[derive(Clone)]
pub(crate) struct Stretches {
    // Not a vector: tables have it too, and who lets go of one has less to do.
    pieces: Arc<[Arc<Stretch>]>,
}

/// What comes from some label on.
pub(crate) struct Tail<'a> {
    pieces: &'a [Arc<Stretch>],
    /// Where in the first of them.
    at: usize,
}

type Labelled = (u64, Arc<Record>);

impl Stretch {
    fn of(rows: Vec<Labelled>) -> Arc<Self> {
        let labels = rows.iter().map(|(label, _)| *label).collect();
        Arc::new(Self { labels, records: rows.into_iter().map(|(_, record)| record).collect() })
    }

    fn copy(&self) -> Vec<Labelled> {
        let mut rows = Vec::with_capacity(MOST + 1);
        rows.extend(self.iter().map(|(label, record)| (label, record.clone())));
        rows
    }

    pub(crate) fn records(&self) -> &[Arc<Record>] {
        &self.records
    }

    fn is_full(&self) -> bool {
        self.labels.len() >= MOST
    }

    /// Whether all of it goes before `label`.
    fn is_before(&self, label: u64) -> bool {
        self.labels.last().is_some_and(|last| *last < label)
    }

    fn iter(&self) -> impl Iterator<Item = (u64, &Arc<Record>)> {
        self.labels.iter().copied().zip(&self.records)
    }
}

impl<'a> Tail<'a> {
    pub(crate) fn peek(&self) -> Option<(u64, &'a Arc<Record>)> {
        let first = self.pieces.first()?;
        Some((*first.labels.get(self.at)?, first.records.get(self.at)?))
    }
}

impl<'a> Iterator for Tail<'a> {
    type Item = (u64, &'a Arc<Record>);

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.peek()?;
        self.at += 1;
        if let Some((first, others)) = self.pieces.split_first()
            && self.at >= first.labels.len()
        {
            (self.pieces, self.at) = (others, 0);
        }
        Some(row)
    }
}

impl Stretches {
    pub(crate) fn new() -> Self {
        Self { pieces: Arc::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(crate) fn pieces(&self) -> &[Arc<Stretch>] {
        &self.pieces
    }

    pub(crate) fn all(&self) -> Tail<'_> {
        Tail { pieces: &self.pieces, at: 0 }
    }

    /// From `label` on.
    pub(crate) fn from(&self, label: u64) -> Tail<'_> {
        let pieces = &self.pieces[self.piece_of(label)..];
        match pieces.first() {
            Some(first) if first.is_before(label) => Tail { pieces: &pieces[1..], at: 0 },
            Some(first) => Tail { pieces, at: first.labels.partition_point(|other| *other < label) },
            None => self.all(),
        }
    }

    /// The piece in which a row of that label would be; the last one for a label beyond all.
    fn piece_of(&self, label: u64) -> usize {
        let at = self.pieces.partition_point(|piece| piece.is_before(label));
        at.min(self.pieces.len().saturating_sub(1))
    }

    /// The stretches of `rows`, which come in the order of their labels.
    pub(crate) fn of(rows: impl Iterator<Item = Labelled>) -> Self {
        let mut pieces = Vec::new();
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            pieces.push(Stretch::of(rows.by_ref().take(MOST).collect()));
        }
        Self { pieces: pieces.into() }
    }

    /// The same with one more.
    pub(crate) fn with(&self, label: u64, record: Arc<Record>) -> Self {
        let at = self.piece_of(label);
        if self.pieces.get(at).is_some_and(|piece| piece.is_full() && piece.is_before(label)) {
            // At the end, where most come, the full piece stays as it is.
            return self.exchange(at + 1, Some([(label, record)].into()).into_iter());
        }
        let mut rows = self.pieces.get(at).map_or_else(Vec::new, |piece| piece.copy());
        let place = rows.partition_point(|other| other.0 < label);
        rows.insert(place, (label, record));
        let second = (rows.len() > MOST).then(|| rows.split_off(MOST / 2));
        self.exchange(at, [Some(rows), second].into_iter().flatten())
    }

    /// The same without that label.
    pub(crate) fn without(&self, label: u64) -> Self {
        let at = self.piece_of(label);
        let Some(piece) = self.pieces.get(at) else { return self.clone() };
        let mut rows = piece.copy();
        rows.retain(|other| other.0 != label);
        self.exchange(at, Some(rows).into_iter().filter(|rows| !rows.is_empty()))
    }

    fn exchange(&self, at: usize, new: impl Iterator<Item = Vec<Labelled>>) -> Self {
        let mut pieces = Vec::with_capacity(self.pieces.len() + 1);
        pieces.extend(self.pieces[..at.min(self.pieces.len())].iter().cloned());
        pieces.extend(new.map(Stretch::of));
        pieces.extend(self.pieces.iter().skip(at + 1).cloned());
        Self { pieces: pieces.into() }
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec::Vec;

    use super::{MOST, Stretches};
    use crate::record::Record;

    fn labels(stretches: &Stretches) -> Vec<u64> {
        stretches
            .from(0)
            .map(|(label, record)| {
                assert_eq!(label, u64::from(record.slot));
                label
            })
            .collect()
    }

    /// A record that knows its label.
    fn record(label: u64) -> Arc<Record> {
        Arc::new(Record { slot: label as u32, ..Record::plain() })
    }

    #[test]
    fn stretches_give_all_rows_in_order_whatever_came_and_went() {
        let mut stretches = Stretches::new();
        let mut expected = Vec::new();
        for step in 0..900_u64 {
            let label = step * 7919 % 1009;
            if expected.contains(&label) {
                continue;
            }
            stretches = stretches.with(label, record(label));
            expected.push(label);
            if step % 3 == 0 {
                let gone = expected.swap_remove(step as usize * 31 % expected.len());
                stretches = stretches.without(gone);
            }
            let mut sorted = expected.clone();
            sorted.sort_unstable();
            assert_eq!(labels(&stretches), sorted);
            assert!(stretches.pieces().iter().all(|piece| (1..=MOST).contains(&piece.records().len())));
        }
        let middle = labels(&stretches).split_off(300);
        assert_eq!(stretches.from(middle[0]).map(|row| row.0).collect::<Vec<_>>(), middle);
    }

    #[test]
    fn one_more_row_at_the_end_makes_one_stretch_anew() {
        let mut stretches = Stretches::new();
        for label in 0..300_u64 {
            let next = stretches.with(label, record(label));
            let is_old = |piece| stretches.pieces().iter().any(|old| Arc::ptr_eq(old, piece));
            assert_eq!(next.pieces().iter().filter(|piece| !is_old(piece)).count(), 1);
            stretches = next;
        }
        assert_eq!(labels(&Stretches::of((0..300).map(|label| (label, record(label))))), labels(&stretches));
    }

    #[test]
    fn what_is_not_there_can_be_taken_out() {
        let stretches = Stretches::new().without(3).with(5, record(5)).without(4);
        assert_eq!(labels(&stretches), [5]);
    }
}
