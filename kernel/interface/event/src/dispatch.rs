//! The table a raise reads: what is called, straight or by a walk.
//!
//! A table is built once per change and never altered. It holds one [`Entry`], so that a raise is one load of the
//! table and one call through a vtable, whatever stands behind: nothing ([`Nobody`]), the one handler itself (whose vtable
//! method is the handler's compiled code), a [`Walk`] over rows, an index ([`Keyed`]), or, where the arguments change on
//! the way, [`Filtered`](crate::filtered::Filtered).
//!
//! [`Parts`] is what a table is built from: persistent, so that a change costs about the same however many rows there are.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Deref;

use crate::bound::{Action, Bound};
use crate::index::Index;
use crate::key::Key;
use crate::keyed::{ByKey, Found, Keyed};
use crate::merge::Merge;
use crate::roll::Roll;
use crate::row::Straight;
use crate::stretch::Stretches;
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

/// Rows without a key, with their bindings.
pub(crate) type Rows<A, R, M> = Stretches<Straight<A, <M as Merge<R>>::State>, Arc<Bound<A, R, M>>>;

/// The rows of an event, as its tables share them.
pub(crate) struct Parts<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    /// Rows that have their turn at every raise.
    pub(crate) rest: Rows<A, R, M>,
    /// Rows that are found by a key.
    pub(crate) by_key: Vec<ByKey<A, R, M>>,
    guarded: usize,
    filters: usize,
}

impl<A: ?Sized, R, M: Merge<R>> Clone for Parts<A, R, M> {
    fn clone(&self) -> Self {
        let Self { rest, by_key, guarded, filters } = self;
        Self { rest: rest.clone(), by_key: by_key.clone(), guarded: *guarded, filters: *filters }
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Parts<A, R, M> {
    pub(crate) const fn new() -> Self {
        Self { rest: Stretches::new(), by_key: Vec::new(), guarded: 0, filters: 0 }
    }

    /// The parts of everybody on the roll.
    pub(crate) fn of(roll: &Roll<Bound<A, R, M>>) -> Self {
        let mut parts = Self::new();
        let unkeyed = roll.iter().filter(|(_, bound)| bound.terms.keys.is_empty());
        parts.rest =
            Stretches::of(unkeyed.filter_map(|(label, bound)| Some((label, bound.row()?, bound.clone()))));
        for (label, bound) in roll.iter() {
            parts.count(bound, true);
            if let Some((key, _)) = bound.terms.keys.first() {
                parts.put_by_key(key, label, bound);
            }
        }
        parts
    }

    pub(crate) fn enter(&mut self, label: u64, bound: &Arc<Bound<A, R, M>>) {
        self.count(bound, true);
        match (bound.terms.keys.first(), bound.row()) {
            (Some((key, _)), _) => self.put_by_key(key, label, bound),
            (None, Some(row)) => self.rest = self.rest.with(label, row, bound.clone()),
            (None, None) => {}
        }
    }

    pub(crate) fn leave(&mut self, label: u64, bound: &Bound<A, R, M>) {
        self.count(bound, false);
        match bound.terms.keys.first() {
            Some((key, pattern)) => {
                for one in self.by_key.iter_mut().filter(|one| core::ptr::eq(one.key, *key)) {
                    one.index = one.index.remove(label, pattern);
                }
                self.by_key.retain(|one| !one.index.is_empty());
            }
            None if bound.is_filter() => {}
            None => self.rest = self.rest.without(label),
        }
    }

    fn count(&mut self, bound: &Bound<A, R, M>, comes: bool) {
        let (guarded, filters) = (usize::from(bound.is_guarded()), usize::from(bound.is_filter()));
        if comes {
            self.guarded += guarded;
            self.filters += filters;
        } else {
            self.guarded -= guarded;
            self.filters -= filters;
        }
    }

    fn put_by_key(&mut self, key: &'static Key<A>, label: u64, bound: &Arc<Bound<A, R, M>>) {
        let Some((row, (_, pattern))) = bound.row().zip(bound.terms.keys.first()) else { return };
        let found = Found { row, bound: bound.clone() };
        match self.by_key.iter_mut().find(|one| core::ptr::eq(one.key, key)) {
            Some(one) => one.index = one.index.insert(label, pattern, found),
            None => self.by_key.push(ByKey { key, index: Index::new().insert(label, pattern, found) }),
        }
    }
}

impl<A: ?Sized, R, M: Merge<R>> Table<A, R, M> {
    /// The table of an event without handlers.
    pub(crate) const EMPTY: Self = Self { entry: Link::Initial(&Nobody) };

    /// The table that calls everybody on the roll in order, and `default` when none of them ran; none for an event that
    /// has neither. A guard may take `guard_ticks`.
    pub(crate) fn build(
        roll: &Roll<Bound<A, R, M>>,
        parts: &Parts<A, R, M>,
        default: Option<&Arc<Bound<A, R, M>>>,
        guard_ticks: u64,
    ) -> Option<Self> {
        let mut everybody = roll.iter().map(|(_, bound)| bound);
        let sole = match (everybody.next(), everybody.next(), default) {
            (None, _, None) => return None,
            (None, _, Some(only)) | (Some(only), None, None) => only.sole(),
            (Some(only), None, Some(_)) if only.is_plain() => only.sole(),
            _ => None,
        };
        let guard_ticks = (parts.guarded > 0).then_some(guard_ticks);
        let entry = sole.unwrap_or_else(|| {
            let filter = roll.iter().find_map(|(_, bound)| match &bound.action {
                Action::Alter(_, build) => Some(build),
                Action::Handle(_) => None,
            });
            let (parts, default) = (parts.clone(), default.cloned());
            match filter.filter(|_| parts.filters > 0) {
                Some(build) => build(roll, default, guard_ticks),
                None if parts.by_key.is_empty() => {
                    Box::new(Walk { rest: parts.rest, default, guard_ticks }) as Box<dyn Entry<A, R, M>>
                }
                None => Box::new(Keyed::new(parts, default, guard_ticks)),
            }
        });
        Some(Self { entry: Link::Built(entry) })
    }
}
