//! Slots: the typed side of each binding in an event's book.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::book::Book;
use crate::bound::{Bound, Imposed};
use crate::dispatch::{Shape, Table};
use crate::merge::Merge;
use crate::record::{Record, Slot};
use crate::row::{self, Straight};
use crate::rows::Rows;
use crate::stretch::Stretch;

/// A stretch and its rows.
pub(crate) type Piece<A, R, M> = (Arc<Stretch>, Arc<[Straight<A, <M as Merge<R>>::State>]>);

/// The typed side of everything bound to one event.
pub(crate) struct Slots<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    /// By slot.
    bounds: Vec<Option<Arc<Bound<A, R, M>>>>,
    free: Vec<Slot>,
    /// The rows of the book's stretches, as the last table has them.
    pieces: Vec<Piece<A, R, M>>,
    /// Rows by slot, for an event that has keys.
    rows: Option<Rows<Straight<A, M::State>>>,
}

/// What a change has put away: to be dropped without the lock, since it can be code of whoever installed.
pub(crate) type Leftovers<A, R, M> = Vec<Option<Arc<Bound<A, R, M>>>>;

impl<A: ?Sized, R, M: Merge<R>> Clone for Slots<A, R, M> {
    fn clone(&self) -> Self {
        Self {
            bounds: self.bounds.clone(),
            free: self.free.clone(),
            pieces: self.pieces.clone(),
            rows: self.rows.clone(),
        }
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Slots<A, R, M> {
    pub(crate) const fn new() -> Self {
        Self { bounds: Vec::new(), free: Vec::new(), pieces: Vec::new(), rows: None }
    }

    /// A slot for one more binding.
    pub(crate) fn slot(&mut self) -> Slot {
        self.free.pop().unwrap_or_else(|| {
            self.bounds.push(None);
            self.bounds.len() as Slot - 1
        })
    }

    /// Puts the typed side of a binding into the slot that its record names.
    pub(crate) fn fill(&mut self, bound: Bound<A, R, M>, has_keys: bool) {
        let slot = bound.record.slot;
        let bound = Arc::new(bound);
        if has_keys {
            self.rows = Some(self.rows.take().unwrap_or_else(row::no_rows).with(slot, bound.row()));
        }
        self.bounds[slot as usize] = Some(bound);
    }

    /// Gives back a slot that was never filled, or whose binding is refused.
    pub(crate) fn give_back(&mut self, slot: Slot) -> Option<Arc<Bound<A, R, M>>> {
        self.free.extend([slot]);
        self.clear(slot)
    }

    fn clear(&mut self, slot: Slot) -> Option<Arc<Bound<A, R, M>>> {
        if let Some(rows) = &mut self.rows {
            *rows = rows.with(slot, None);
        }
        self.bounds.get_mut(slot as usize)?.take()
    }

    pub(crate) fn bound(&self, record: &Record) -> Option<&Arc<Bound<A, R, M>>> {
        self.bounds.get(record.slot as usize)?.as_ref()
    }

    /// Has the typed side follow what has changed in the book. What it puts away is handed back.
    pub(crate) fn follow(&mut self, book: &mut Book) -> Leftovers<A, R, M> {
        self.follow_as(book, |old| old.imposed.clone())
    }

    /// The same; `imposed` says which guards stand before a binding that has changed.
    pub(crate) fn follow_as(
        &mut self,
        book: &mut Book,
        imposed: impl Fn(&Bound<A, R, M>) -> Vec<Imposed<A>>,
    ) -> Leftovers<A, R, M> {
        let mut leftovers = Vec::new();
        for record in core::mem::take(&mut book.changed) {
            let Some(old) = self.bound(&record).cloned() else { continue };
            let (new, has_keys) = (old.under(record, imposed(&old)), self.rows.is_some());
            self.fill(new, has_keys);
            leftovers.push(Some(old));
        }
        for slot in core::mem::take(&mut book.vacated) {
            leftovers.push(self.give_back(slot));
        }
        leftovers
    }

    /// The table that raises are to see; none if nothing is bound.
    pub(crate) fn table(&mut self, book: &Book, shape: &Shape<A>) -> Option<Box<Table<A, R, M>>> {
        let stretches = book.lookup.rest.pieces().iter().enumerate();
        self.pieces = stretches.map(|(at, stretch)| self.piece(at, stretch)).collect();
        Table::build(book, self, shape).map(Box::new)
    }

    /// The rows of a stretch: those it had, or new ones.
    fn piece(&self, at: usize, stretch: &Arc<Stretch>) -> Piece<A, R, M> {
        // One more or one less in front of it has moved it by one.
        let near = [at, at.wrapping_sub(1), at + 1].into_iter().filter_map(|at| self.pieces.get(at));
        if let Some(known) = near.into_iter().find(|(known, _)| Arc::ptr_eq(known, stretch)) {
            return known.clone();
        }
        let rows = stretch.records().iter().filter_map(|record| self.bound(record)?.row());
        (stretch.clone(), rows.collect())
    }

    pub(crate) fn pieces(&self) -> &[Piece<A, R, M>] {
        &self.pieces
    }

    pub(crate) fn rows(&self) -> Option<&Rows<Straight<A, M::State>>> {
        self.rows.as_ref()
    }
}
