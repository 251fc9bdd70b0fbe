//! The table a raise reads: what is called, straight or by a walk.
//!
//! A table is built once per change and never altered. It holds one [`Entry`], so that a raise is one load of the
//! table and one call through a vtable, whatever stands behind: nothing ([`Nobody`]), the one handler itself (whose vtable
//! method is the handler's compiled code), a [`Walk`] over rows, an index ([`keyed`]), or, where the arguments change on
//! the way, [`Filtered`](crate::filtered::Filtered).

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::ops::Deref;

use crate::book::Book;
use crate::bound::Action;
use crate::key::Key;
use crate::keyed;
use crate::merge::Merge;
use crate::slots::Slots;
use crate::walk::Walk;

/// What one raise calls.
pub(crate) trait Entry<A: ?Sized, R, M: Merge<R>>: Send + Sync {
    fn raise(&self, args: &A) -> M::Output;
}

/// An immutable table of handlers.
pub(crate) struct Table<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) entry: Link<A, R, M>,
}

/// The entry of the table a `static` begins with, or one built at run time.
///
/// Both variants hold the same two words at the same place, so following the link needs no test of which it is.
pub(crate) enum Link<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    Initial(&'static dyn Entry<A, R, M>),
    Built(Box<dyn Entry<A, R, M>>),
}

impl<A: ?Sized, R, M: Merge<R>> Deref for Link<A, R, M> {
    type Target = dyn Entry<A, R, M>;

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        match self {
            Link::Initial(entry) => *entry,
            Link::Built(entry) => &**entry,
        }
    }
}

/// The entry of an event without handlers.
struct Nobody;

impl<A: ?Sized, R, M: Merge<R>> Entry<A, R, M> for Nobody {
    fn raise(&self, _: &A) -> M::Output {
        M::finish(M::start())
    }
}

/// What an event's declaration says about its tables.
pub(crate) struct Shape<A: ?Sized + 'static> {
    pub(crate) keys: &'static [&'static Key<A>],
    /// How long a guard may take.
    pub(crate) guard_ticks: u64,
}

impl<A: ?Sized, R, M: Merge<R>> Table<A, R, M> {
    /// The table of an event without handlers.
    pub(crate) const EMPTY: Self = Self { entry: Link::Initial(&Nobody) };

    /// The table that calls everybody installed in order, and the default handler when none of them ran; none for an event
    /// that has neither.
    pub(crate) fn build(book: &Book, slots: &Slots<A, R, M>, shape: &Shape<A>) -> Option<Self> {
        let default = book.default.as_ref().and_then(|record| slots.bound(record)).cloned();
        let mut everybody = book.roll.iter().map(|(_, record)| record);
        let sole = match (everybody.next(), everybody.next(), &default) {
            (None, _, None) => return None,
            (None, _, Some(only)) => only.sole(),
            (Some(only), None, None) => slots.bound(only).and_then(|only| only.sole()),
            (Some(only), None, Some(_)) if only.is_plain() => slots.bound(only).and_then(|only| only.sole()),
            _ => None,
        };
        let is_guarded =
            book.lookup.guarded > 0 || book.default.as_ref().is_some_and(|default| default.is_guarded());
        let guard_ticks = is_guarded.then_some(shape.guard_ticks);
        let entry = sole.unwrap_or_else(|| {
            if book.lookup.filters > 0 {
                let bounds: Box<[_]> =
                    book.roll.iter().filter_map(|(_, record)| slots.bound(record).cloned()).collect();
                let build = bounds.iter().find_map(|bound| match &bound.action {
                    Action::Alter(_, build) => Some(*build),
                    Action::Handle(_) => None,
                });
                if let Some(build) = build {
                    return build(bounds, default, guard_ticks);
                }
            }
            if book.lookup.by_key.is_empty() {
                return Box::new(Walk { pieces: slots.pieces().into(), default, guard_ticks });
            }
            keyed::entry(book, slots, shape, default, guard_ticks)
        });
        Some(Self { entry: Link::Built(entry) })
    }
}

/// The table of an event whose bindings are others before and after a switch is thrown.
pub(crate) struct Both<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) switch: Arc<spindle_sync::Switch>,
    pub(crate) before: Option<Box<Table<A, R, M>>>,
    pub(crate) after: Option<Box<Table<A, R, M>>>,
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Entry<A, R, M> for Both<A, R, M> {
    fn raise(&self, args: &A) -> M::Output {
        let table = if self.switch.is_thrown() { &self.after } else { &self.before };
        match table {
            Some(table) => table.entry.raise(args),
            None => M::finish(M::start()),
        }
    }
}
