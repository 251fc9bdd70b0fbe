//! Proposal: what an installer says about a binding before there is one.
//!
//! It holds names of other bindings, not their handlers, and keeps nobody's code alive. Whether what it asks for can be had
//! is seen when it is installed.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::binding::{Binding, BindingId, InstallError, Shared};
use crate::event::{Event, Place};
use crate::guard::{Always, Guard};
use crate::merge::Merge;
use crate::order::{Rank, Wish};
use crate::registry::Registered;

/// A binding in the making: an event, what stands in front of the handler to come, and where it goes.
///
/// Handlers run in the order in which they were installed, unless they ask otherwise. What is asked by
/// [`before`](Self::before) and [`after`](Self::after) always holds while both handlers are installed;
/// [`first`](Self::first) and [`last`](Self::last) are where the handler goes as far as that allows.
#[must_use = "nothing is installed before `install`"]
pub struct Proposal<A: ?Sized + 'static, R: 'static, M: Merge<R>, G> {
    event: &'static Event<A, R, M>,
    guard: G,
    order: Request,
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Proposal<A, R, M, Always> {
    pub(crate) fn new(event: &'static Event<A, R, M>) -> Self {
        Self { event, guard: Always, order: Request::default() }
    }

    /// Lets the handler run only for raises for which `guard` holds.
    pub fn guard<G: Guard<A>>(self, guard: G) -> Proposal<A, R, M, G> {
        Proposal { event: self.event, guard, order: self.order }
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>, G> Proposal<A, R, M, G> {
    /// Puts the handler in front of all that are there now.
    pub fn first(mut self) -> Self {
        self.order.rank = Rank::First;
        self
    }

    /// Puts the handler behind all that are there now, and keeps it behind those that come later and do not ask for
    /// the same.
    pub fn last(mut self) -> Self {
        self.order.rank = Rank::Last;
        self
    }

    /// Has the handler run before that of `anchor`, a binding of the same event.
    pub fn before(mut self, anchor: &Binding) -> Self {
        self.order.before.push(anchor.shared());
        self
    }

    /// Has the handler run after that of `anchor`, a binding of the same event.
    pub fn after(mut self, anchor: &Binding) -> Self {
        self.order.after.push(anchor.shared());
        self
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>, G: Guard<A>> Proposal<A, R, M, G> {
    /// Installs `handler` where the proposal says.
    ///
    /// # Errors
    /// [`InstallError`] when the event takes no (more) handlers, or not in that order.
    ///
    /// # Context
    /// Not in interrupt context. Waits for other changes of this event, never for a raise. Allocates.
    pub fn install<F>(self, handler: F) -> Result<Binding, InstallError>
    where
        F: Fn(&A) -> R + Send + Sync + 'static,
    {
        self.event.put(handler, self.guard, &self.order, Place::Handler)
    }
}

/// Where a handler is to go, as its installer says it.
#[derive(Default)]
pub(crate) struct Request {
    pub(crate) rank: Rank,
    pub(crate) before: Vec<Arc<Shared>>,
    pub(crate) after: Vec<Arc<Shared>>,
}

impl Request {
    /// The same in names, if all of them are at `event` now. They may be gone when the names are looked up.
    pub(crate) fn settle(&self, event: &dyn Registered) -> Result<Wish<BindingId>, InstallError> {
        let settle = |anchors: &[Arc<Shared>]| -> Result<Vec<BindingId>, InstallError> {
            anchors.iter().map(|anchor| anchor.at(event)).collect()
        };
        Ok(Wish { rank: self.rank, before: settle(&self.before)?, after: settle(&self.after)? })
    }
}
