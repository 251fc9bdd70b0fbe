//! Stretches: the rows of an event in pieces that tables share.
//!
//! A walk is fastest over rows that lie side by side. A new table has mostly the rows of the old one, which may still be
//! walked; so what is shared is a stretch of rows, and a change makes one or two stretches anew.
//!
//! Invariant: labels ascend from row to row and from stretch to stretch; no stretch is empty. How long each is, is a
//! matter of cost alone.
//!
//! This file does not know what becomes of a raise.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// How many rows a stretch has at most: what one change may cost.
const MOST: usize = 32;

/// Rows side by side, and what stands behind each: a name for blame.
pub(crate) struct Stretch<T, B> {
    labels: Box<[u64]>,
    rows: Box<[T]>,
    behind: Box<[B]>,
}

/// All rows of a table.
pub(crate) struct Stretches<T, B> {
    pieces: Vec<Arc<Stretch<T, B>>>,
}

impl<T, B> Clone for Stretches<T, B> {
    fn clone(&self) -> Self {
        Self { pieces: self.pieces.clone() }
    }
}

/// A row, with its label and what stands behind it.
type Labelled<T, B> = (u64, T, B);

impl<T: Clone, B: Clone> Stretch<T, B> {
    fn of(rows: Vec<Labelled<T, B>>) -> Arc<Self> {
        let mut labels = Vec::with_capacity(rows.len());
        let mut calls = Vec::with_capacity(rows.len());
        let mut behind = Vec::with_capacity(rows.len());
        for (label, row, name) in rows {
            labels.push(label);
            calls.push(row);
            behind.push(name);
        }
        Arc::new(Self { labels: labels.into(), rows: calls.into(), behind: behind.into() })
    }

    fn copy(&self) -> Vec<Labelled<T, B>> {
        let mut rows = Vec::with_capacity(MOST + 1);
        rows.extend(self.iter().map(|(label, row, behind)| (label, row.clone(), behind.clone())));
        rows
    }
}

impl<T, B> Stretch<T, B> {
    pub(crate) fn rows(&self) -> &[T] {
        &self.rows
    }

    /// Label, row, and what stands behind it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &T, &B)> {
        self.labels.iter().zip(&self.rows).zip(&self.behind).map(|((label, row), behind)| (*label, row, behind))
    }

    /// What stands behind the row at this place.
    pub(crate) fn behind(&self, at: usize) -> &B {
        &self.behind[at]
    }
}

impl<T, B> Stretches<T, B> {
    pub(crate) const fn new() -> Self {
        Self { pieces: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(crate) fn pieces(&self) -> &[Arc<Stretch<T, B>>] {
        &self.pieces
    }

    /// Label, row, and what stands behind it, from `label` on.
    pub(crate) fn from(&self, label: u64) -> impl Iterator<Item = (u64, &T, &B)> {
        let first = self.piece_of(label);
        self.pieces[first..].iter().flat_map(|piece| piece.iter()).skip_while(move |row| row.0 < label)
    }

    /// The piece in which a row of that label would be; the last one for a label beyond all.
    fn piece_of(&self, label: u64) -> usize {
        let at = self.pieces.partition_point(|piece| piece.labels.last().is_some_and(|last| *last < label));
        at.min(self.pieces.len().saturating_sub(1))
    }
}

impl<T: Clone, B: Clone> Stretches<T, B> {
    /// The stretches of `rows`, which come in the order of their labels.
    pub(crate) fn of(rows: impl Iterator<Item = Labelled<T, B>>) -> Self {
        let mut pieces = Vec::new();
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            pieces.push(Stretch::of(rows.by_ref().take(MOST).collect()));
        }
        Self { pieces }
    }

    /// The same with one row more.
    pub(crate) fn with(&self, label: u64, row: T, behind: B) -> Self {
        let at = self.piece_of(label);
        let mut rows = self.pieces.get(at).map_or_else(Vec::new, |piece| piece.copy());
        let place = rows.partition_point(|other| other.0 < label);
        rows.insert(place, (label, row, behind));
        // At the end, where most come, the full piece stays as it is.
        let split = match rows.len() {
            len if len <= MOST => None,
            len if place + 1 == len => Some(MOST),
            len => Some(len / 2),
        };
        let second = split.map(|split| rows.split_off(split));
        self.exchange(at, [Some(rows), second].into_iter().flatten())
    }

    /// The same without the row of that label.
    pub(crate) fn without(&self, label: u64) -> Self {
        let at = self.piece_of(label);
        let Some(piece) = self.pieces.get(at) else { return self.clone() };
        let mut rows = piece.copy();
        rows.retain(|other| other.0 != label);
        self.exchange(at, Some(rows).into_iter().filter(|rows| !rows.is_empty()))
    }

    fn exchange(&self, at: usize, new: impl Iterator<Item = Vec<Labelled<T, B>>>) -> Self {
        let mut pieces = Vec::with_capacity(self.pieces.len() + 1);
        pieces.extend(self.pieces[..at.min(self.pieces.len())].iter().cloned());
        pieces.extend(new.map(Stretch::of));
        pieces.extend(self.pieces.iter().skip(at + 1).cloned());
        Self { pieces }
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec::Vec;

    use super::{MOST, Stretches};

    fn labels(stretches: &Stretches<u64, ()>) -> Vec<u64> {
        stretches.from(0).map(|(label, row, ())| {
            assert_eq!(label, *row);
            label
        }).collect()
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
            stretches = stretches.with(label, label, ());
            expected.push(label);
            if step % 3 == 0 {
                let gone = expected.swap_remove(step as usize * 31 % expected.len());
                stretches = stretches.without(gone);
            }
            let mut sorted = expected.clone();
            sorted.sort_unstable();
            assert_eq!(labels(&stretches), sorted);
            assert!(stretches.pieces().iter().all(|piece| (1..=MOST).contains(&piece.rows().len())));
        }
        let middle = labels(&stretches).split_off(300);
        assert_eq!(stretches.from(middle[0]).map(|row| row.0).collect::<Vec<_>>(), middle);
    }

    #[test]
    fn one_more_row_at_the_end_makes_one_stretch_anew() {
        let mut stretches = Stretches::new();
        for label in 0..300_u64 {
            let next = stretches.with(label, label, ());
            let is_old = |piece| stretches.pieces().iter().any(|old| Arc::ptr_eq(old, piece));
            assert_eq!(next.pieces().iter().filter(|piece| !is_old(piece)).count(), 1);
            stretches = next;
        }
        assert_eq!(labels(&Stretches::of((0..300).map(|label| (label, label, ())))), labels(&stretches));
    }

    #[test]
    fn what_is_not_there_can_be_taken_out() {
        let stretches = Stretches::<u64, ()>::new().without(3).with(5, 5, ()).without(4);
        assert_eq!(labels(&stretches), [5]);
    }
}
