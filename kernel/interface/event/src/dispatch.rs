//! The table a raise reads: what is called, straight or by a walk.
//!
//! A table is built once per change and never altered. It holds one [`Entry`], so that a raise is one load of the
//! table and one call through a vtable, whatever stands behind: nothing ([`Nobody`]), the one handler itself (whose vtable
//! method is the handler's compiled code), a [`Walk`](crate::walk::Walk) over rows, an index ([`keyed`](crate::keyed)), or, where the arguments change on
//! the way, [`Filtered`](crate::filtered::Filtered).

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::ops::Deref;

use crate::merge::Merge;

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

impl<A: ?Sized, R, M: Merge<R>> Table<A, R, M> {
    /// The table of an event without handlers.
    pub(crate) const EMPTY: Self = Self { entry: Link::Initial(&Nobody) };
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
