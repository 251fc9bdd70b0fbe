//! Side: what of an event has its types, beside the book on its desk. Compiled into the crate that declares the event.
//!
//! Lies on the kernel's heap, under the lock of the desk; what it points to (handlers, rows, tables) was made by code of the
//! declaring crate and lies where that one allocates.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::any::Any;
use core::ops::Range;
use core::sync::atomic::{AtomicU8, Ordering};

use spindle_sync::{Back, Switch};

use crate::ask::{Ask, Verdict};
use crate::book::Book;
use crate::bound::Imposed;
use crate::desk::Typed;
use crate::dispatch::{Both, Link, Shape, Table};
use crate::event::Declared;
use crate::merge::Merge;
use crate::slots::{Leftovers, Slots};

/// Decides who may install.
pub(crate) type Authorizer<A> = dyn Fn(&Ask<'_>) -> Verdict<A> + Send + Sync;

/// The typed side of an event.
pub(crate) struct Side<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) declared: Declared<A, R, M>,
    pub(crate) slots: Slots<A, R, M>,
    /// What raises see.
    table: Back<Table<A, R, M>>,
    /// Where the event says that it is withdrawn.
    mark: &'static AtomicU8,
    /// Who decides, with where its code lies.
    pub(crate) authorizer: Option<(usize, Arc<Authorizer<A>>)>,
    /// Posts that have not arrived, for an event that drops its oldest.
    pub(crate) waiting: Option<Box<dyn Any + Send>>,
    staged: Option<Staged<A, R, M>>,
}

/// What was built for a swap.
struct Staged<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    next: Slots<A, R, M>,
    both: Option<Box<Table<A, R, M>>>,
    leftovers: Leftovers<A, R, M>,
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Side<A, R, M> {
    pub(crate) fn new(
        declared: Declared<A, R, M>,
        table: Back<Table<A, R, M>>,
        mark: &'static AtomicU8,
    ) -> Self {
        let (authorizer, waiting, staged) = (None, None, None);
        Self { declared, slots: Slots::new(), table, mark, authorizer, waiting, staged }
    }

    fn shape(&self) -> Shape<A> {
        Shape { keys: self.declared.keys, guard_ticks: self.declared.limits.guard.ticks() }
    }

    /// Follows the book, with these guards before the one binding that has changed, and has raises see it.
    pub(crate) fn impose(&mut self, book: &mut Book, imposed: &[Imposed<A>]) -> Leftovers<A, R, M> {
        let leftovers = self.slots.follow_as(book, |_| imposed.into());
        self.publish(book);
        leftovers
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Typed for Side<A, R, M> {
    fn follow(&mut self, book: &mut Book) -> Option<Box<dyn Any>> {
        Some(Box::new(self.slots.follow(book)))
    }

    fn publish(&mut self, book: &mut Book) {
        book.settle_arrivals();
        match self.slots.table(book, &self.shape()) {
            Some(table) => self.table.replace(table),
            None => self.table.reset(),
        }
        book.settle();
    }

    fn disown(&mut self, code: &Range<usize>) -> Option<Box<dyn Any>> {
        let (_, authorizer) = self.authorizer.take_if(|(at, _)| code.contains(at))?;
        Some(Box::new(authorizer))
    }

    fn withdraw(&mut self) {
        // Relaxed: who misses it registers the event anew, and is found by the next look for what is left.
        self.mark.store(1, Ordering::Relaxed);
    }

    fn stage(&mut self, book: &Book, next: &mut Book, switch: &Arc<Switch>) {
        let mut slots = self.slots.clone();
        let leftovers = slots.follow(next);
        let shape = self.shape();
        let (before, after) = (self.slots.clone().table(book, &shape), slots.table(next, &shape));
        let both = Both { switch: switch.clone(), before, after };
        let both = Some(Box::new(Table { entry: Link::Built(Box::new(both)) }));
        self.staged = Some(Staged { next: slots, both, leftovers });
    }

    fn ask(&mut self) {
        if let Some(both) = self.staged.as_mut().and_then(|staged| staged.both.take()) {
            self.table.replace(both);
        }
    }

    fn settle(&mut self, next: &mut Book) -> Option<Box<dyn Any>> {
        let staged = self.staged.take()?;
        let old = core::mem::replace(&mut self.slots, staged.next);
        self.publish(next);
        Some(Box::new((old, staged.leftovers)))
    }

    fn unstage(&mut self) {
        self.staged = None;
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}
