//! Slots: the typed side of each binding in an event's book, and the tables that are made of it.
//!
//! What is here knows no types: each binding is held as what it is, and what is to be made of it, [`Typed`] makes. So it is compiled
//! once, and lies on the kernel's heap.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;

use crate::book::Book;
use crate::lookup::Finder;
use crate::record::{Record, Slot};
use crate::stretch::Stretch;
use crate::typed::{Common, Held, Keys, Made, Typed};

/// A stretch and its rows.
pub(crate) type Piece = (Arc<Stretch>, Held);

/// The typed side of everything bound to one event.
#[derive(Clone)]
pub(crate) struct Slots {
    /// By slot.
    bounds: Vec<Option<Held>>,
    free: Vec<Slot>,
    /// The rows of the book's stretches, as the last table has them.
    pieces: Vec<Piece>,
    /// Rows by slot, for an event that has keys.
    rows: Option<Held>,
}

/// What an event's declaration says about its tables.
pub(crate) struct Shape {
    /// The addresses of its keys.
    pub(crate) keys: Vec<usize>,
    /// How long a guard may take.
    pub(crate) guard_ticks: u64,
}

/// What a change has put away: to be dropped without the lock, since it can be code of whoever installed.
pub(crate) type Leftovers = Vec<Held>;

impl Slots {
    pub(crate) const fn new() -> Self {
        Self { bounds: Vec::new(), free: Vec::new(), pieces: Vec::new(), rows: None }
    }

    /// A slot for one more binding.
    pub(crate) fn slot(&mut self) -> Slot {
        self.free.pop().unwrap_or_else(|| {
            self.bounds.extend([None]);
            self.bounds.len() as Slot - 1
        })
    }

    /// Puts the typed side of a binding into the slot that its record names.
    pub(crate) fn fill(&mut self, typed: &dyn Typed, slot: Slot, bound: Held, has_keys: bool) {
        if has_keys {
            self.rows = Some(typed.with_row(self.rows.as_ref(), slot, Some(&bound)));
        }
        self.bounds[slot as usize] = Some(bound);
    }

    /// Gives back a slot that was never filled, or whose binding is refused.
    pub(crate) fn give_back(&mut self, typed: &dyn Typed, slot: Slot) -> Option<Held> {
        self.free.extend([slot]);
        if let Some(rows) = &mut self.rows {
            *rows = typed.with_row(Some(rows), slot, None);
        }
        self.bounds.get_mut(slot as usize)?.take()
    }

    pub(crate) fn bound(&self, record: &Record) -> Option<&Held> {
        self.bounds.get(record.slot as usize)?.as_ref()
    }

    /// Has the typed side follow what has changed in the book. What it puts away is handed back. If there are guards to be `imposed`, they
    /// stand before what has changed.
    pub(crate) fn follow(
        &mut self,
        typed: &dyn Typed,
        book: &mut Book,
        imposed: Option<&dyn Any>,
    ) -> Leftovers {
        let mut leftovers = Vec::new();
        for record in core::mem::take(&mut book.changed) {
            let slot = record.slot;
            let Some(old) = self.bound(&record).cloned() else { continue };
            let Some(new) = typed.under(&old, record, imposed) else { continue };
            self.fill(typed, slot, new, self.rows.is_some());
            leftovers.extend([old]);
        }
        for slot in core::mem::take(&mut book.vacated) {
            leftovers.extend(self.give_back(typed, slot));
        }
        leftovers
    }

    /// The table that raises are to see: it calls everybody installed in order, and the default handler when none of them ran. None if there
    /// is neither.
    pub(crate) fn table(&mut self, typed: &dyn Typed, book: &Book, shape: &Shape) -> Option<Made> {
        let stretches = book.lookup.rest.pieces().iter().enumerate();
        self.pieces = stretches.map(|(at, stretch)| self.piece(typed, at, stretch)).collect();
        let default = book.default.as_ref().and_then(|record| self.bound(record));
        let mut everybody = book.roll.iter().map(|(_, record)| record);
        let sole = match (everybody.next(), everybody.next(), default) {
            (None, _, None) => return None,
            (None, _, Some(only)) => Some(only),
            (Some(only), None, None) => self.bound(only),
            (Some(only), None, Some(_)) if only.is_plain() => self.bound(only),
            _ => None,
        };
        if let Some(table) = sole.and_then(|only| typed.sole(only)) {
            return Some(table);
        }
        let is_guarded =
            book.lookup.guarded > 0 || book.default.as_ref().is_some_and(|default| default.is_guarded());
        let common = Common { default, guard_ticks: is_guarded.then_some(shape.guard_ticks) };
        let mut everybody = book.roll.iter().map(|(_, record)| record);
        if book.lookup.filters > 0
            && let Some(filter) = everybody.find(|record| record.is_filter())
            && let Some(filter) = self.bound(filter)
        {
            let everybody = book.roll.iter();
            let bounds: Vec<&Held> = everybody.filter_map(|(_, record)| self.bound(record)).collect();
            if let Some(table) = typed.filtered(filter, &bounds, common) {
                return Some(table);
            }
        }
        let keyed = self.rows.as_ref().and_then(|rows| keyed(typed, rows, book, shape, common));
        Some(keyed.unwrap_or_else(|| typed.walk(&book.lookup.rest, &self.pieces, common)))
    }

    /// The rows of a stretch: those it had, or new ones.
    fn piece(&self, typed: &dyn Typed, at: usize, stretch: &Arc<Stretch>) -> Piece {
        // One more or one less in front of it has moved it by one.
        let near = [at, at.wrapping_sub(1), at + 1].into_iter().filter_map(|at| self.pieces.get(at));
        if let Some(known) = near.into_iter().find(|(known, _)| Arc::ptr_eq(known, stretch)) {
            return known.clone();
        }
        let mut bounds = stretch.records().iter().filter_map(|record| self.bound(record));
        (stretch.clone(), typed.rows(&mut bounds))
    }
}

/// The table of an event with rows that are found by keys, if it has any.
fn keyed(typed: &dyn Typed, rows: &Held, book: &Book, shape: &Shape, common: Common<'_>) -> Option<Made> {
    if book.lookup.by_key.is_empty() {
        return None;
    }
    let finder = Finder::of(&book.lookup);
    let place = |key: usize| shape.keys.iter().position(|ours| *ours == key);
    let which: Vec<usize> = book.lookup.by_key.iter().filter_map(|one| place(one.key)).collect();
    let is_simple = finder.rest.is_empty() && common.default.is_none() && common.guard_ticks.is_none();
    typed.keyed(Keys { finder: &finder, which: &which, is_simple, rows }, common)
}
