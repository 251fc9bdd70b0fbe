//! The table a raise reads: what is called, straight or by a walk.
//!
//! A table is built once per change and never altered. It holds one [`Entry`], so that a raise is one load of the
//! table and one call through a vtable, whatever stands behind: nothing ([`Nobody`]), the one handler itself
//! ([`Sole`], whose vtable method is the handler's compiled code) or a walk over rows: [`Tell`] or
//! [`TellMany`] where nobody asks what came of it, else [`Walk`].
//!
//! A row answers [`Turn::Passed`] (zero) when it contributed nothing. That is also the answer given in the name of a
//! handler that had to be ended: the state it might have folded into is the walk's and stays as it was.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::ops::{ControlFlow, Deref};

use crate::binding::Bound;
use crate::guard::Guard;
use crate::merge::{Flow, Merge};
use crate::stretch::{self, Stretch, Stretches};

/// What one raise calls.
pub(crate) trait Entry<A: ?Sized, R, M: Merge<R>>: Send + Sync {
    fn raise(&self, args: &A) -> M::Output;
}

/// One handler with its guard, as a walk sees it.
pub(crate) trait Row<A: ?Sized, R, M: Merge<R>>: Send + Sync {
    fn offer(&self, args: &A, state: &mut M::State) -> Turn;
    /// As `offer`, for a merge that only tells and a walk that does not ask who ran.
    fn tell(&self, args: &A);
    /// The same row once more.
    fn share(&self) -> Box<dyn Row<A, R, M>>;
    /// An entry that calls this handler straight.
    fn sole(&self) -> Box<dyn Entry<A, R, M>>;
    fn has_guard(&self) -> bool;
    /// Where `offer` is compiled to: whose handler this is.
    fn code() -> usize
    where
        Self: Sized,
    {
        let offer: Offer<Self, A, M::State> = Self::offer;
        offer as *const () as usize
    }
}

type Offer<Me, A, S> = fn(&Me, &A, &mut S) -> Turn;

/// What came of a row's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Turn {
    /// The guard said no, or the handler had to be ended: nothing was contributed.
    Passed = 0,
    /// The handler ran.
    Ran = 1,
    /// The handler ran and ended the raise.
    Claimed = 2,
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

impl<A: ?Sized, R, M: Merge<R>> Table<A, R, M> {
    /// The table of an event without handlers.
    pub(crate) const EMPTY: Self = Self { entry: Link::Initial(&Nobody) };

    /// The table that calls `rows` in order and `default` when none of them ran, and what it was cut from. `old` is what
    /// the last table was cut from.
    pub(crate) fn build(
        rows: &[Arc<Bound<A, R, M>>],
        default: Option<&Arc<Bound<A, R, M>>>,
        old: &[Arc<Stretch<A, R, M>>],
    ) -> (Self, Stretches<A, R, M>) {
        let sole = match (rows, default) {
            ([], None) => return (Self::EMPTY, Stretches::new()),
            ([], Some(only)) => Some(only),
            ([only], None) => Some(only),
            ([only], Some(_)) if !only.row.has_guard() => Some(only),
            _ => None,
        };
        if let Some(only) = sole {
            return (Self { entry: Link::Built(only.row.sole()) }, Stretches::new());
        }
        let stretches = stretch::cut(rows, old);
        let entry: Box<dyn Entry<A, R, M>> = match (&*stretches, default) {
            ([only], None) if M::TELLS_ONLY => Box::new(Tell(only.clone())),
            (several, None) if M::TELLS_ONLY => Box::new(TellMany(several.into())),
            (all, default) => Box::new(Walk { stretches: all.into(), default: default.cloned() }),
        };
        (Self { entry: Link::Built(entry) }, stretches)
    }
}

/// The entry of an event without handlers.
struct Nobody;

impl<A: ?Sized, R, M: Merge<R>> Entry<A, R, M> for Nobody {
    fn raise(&self, _: &A) -> M::Output {
        M::finish(M::start())
    }
}

/// A handler and its guard, of their own types.
pub(crate) struct Installed<F, G> {
    pub(crate) handler: F,
    pub(crate) guard: G,
}

/// The entry of an event with one handler.
struct Sole<F, G>(Arc<Installed<F, G>>);

impl<A, R, M, F, G> Entry<A, R, M> for Sole<F, G>
where
    A: ?Sized + 'static,
    R: 'static,
    M: Merge<R>,
    F: Fn(&A) -> R + Send + Sync + 'static,
    G: Guard<A>,
{
    fn raise(&self, args: &A) -> M::Output {
        let mut state = M::start();
        if self.0.guard.holds(args) {
            // Whether it claims the raise makes no difference: nobody comes after it.
            let _: Flow = M::fold(&mut state, (self.0.handler)(args));
        }
        M::finish(state)
    }
}

impl<A, R, M, F, G> Row<A, R, M> for Arc<Installed<F, G>>
where
    A: ?Sized + 'static,
    R: 'static,
    M: Merge<R>,
    F: Fn(&A) -> R + Send + Sync + 'static,
    G: Guard<A>,
{
    fn offer(&self, args: &A, state: &mut M::State) -> Turn {
        if !self.guard.holds(args) {
            return Turn::Passed;
        }
        match M::fold(state, (self.handler)(args)) {
            Flow::Continue => Turn::Ran,
            Flow::Stop => Turn::Claimed,
        }
    }

    fn tell(&self, args: &A) {
        // The constant keeps compiled code away from where it could not be called.
        if M::TELLS_ONLY && self.guard.holds(args) {
            let _: R = (self.handler)(args);
        }
    }

    fn share(&self) -> Box<dyn Row<A, R, M>> {
        Box::new(self.clone())
    }

    fn sole(&self) -> Box<dyn Entry<A, R, M>> {
        Box::new(Sole(self.clone()))
    }

    fn has_guard(&self) -> bool {
        self.guard.can_refuse()
    }
}

/// The entry of an event that only tells, with several handlers and no default.
struct Tell<A: ?Sized + 'static, R: 'static, M: Merge<R>>(Arc<Stretch<A, R, M>>);

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Entry<A, R, M> for Tell<A, R, M> {
    fn raise(&self, args: &A) -> M::Output {
        self.0.tell(args);
        M::finish(M::start())
    }
}

/// As [`Tell`], with more handlers than one stretch holds.
struct TellMany<A: ?Sized + 'static, R: 'static, M: Merge<R>>(Box<[Arc<Stretch<A, R, M>>]>);

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Entry<A, R, M> for TellMany<A, R, M> {
    fn raise(&self, args: &A) -> M::Output {
        self.0.iter().for_each(|stretch| stretch.tell(args));
        M::finish(M::start())
    }
}

/// The entry of an event with several handlers, or with a guarded one and a default.
struct Walk<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    stretches: Box<[Arc<Stretch<A, R, M>>]>,
    default: Option<Arc<Bound<A, R, M>>>,
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Walk<A, R, M> {
    /// Offers the raise to all rows; breaks when one claims it, else says whether somebody ran.
    #[inline(always)]
    fn offer(&self, args: &A, state: &mut M::State) -> ControlFlow<(), bool> {
        // Turns, or-ed: one instruction to note and one to tell.
        let mut turns = 0;
        let mut offer = |row: &dyn Row<A, R, M>| {
            turns |= row.offer(args, state) as u8;
            if turns & Turn::Claimed as u8 == 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        for stretch in &self.stretches {
            stretch.go_through(&mut offer)?;
        }
        ControlFlow::Continue(turns != 0)
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Entry<A, R, M> for Walk<A, R, M> {
    fn raise(&self, args: &A) -> M::Output {
        let mut state = M::start();
        if self.offer(args, &mut state) == ControlFlow::Continue(false)
            && let Some(default) = &self.default
        {
            let _: Turn = default.row.offer(args, &mut state);
        }
        M::finish(state)
    }
}
