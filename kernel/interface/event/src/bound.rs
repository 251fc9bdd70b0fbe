//! Bound: a binding as its event holds it, with the terms that it is under.
//!
//! It is never changed: other terms make another one of the same name, whose rows replace those of the first in the next
//! table. A binding without terms is called straight. One with terms goes by way of [`Careful`], which is compiled into
//! the crate that declares the event.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::ManuallyDrop;

use spindle_sync::boundary::{self, Outcome, Rule};
use spindle_sync::{Call, Thunk};

use crate::binding::{BindingId, Shared};
use crate::budget::Budget;
use crate::counts::Counts;
use crate::dispatch::Entry;
use crate::guard::Guard;
use crate::key::Key;
use crate::merge::{Flow, Merge};
use crate::order::Wish;
use crate::pattern::Pattern;
use crate::placement::Placement;
use crate::roll::{Placed, Roll};
use crate::row::{Alters, Row, Straight};
use crate::trace::Trace;
use crate::trouble;
use crate::turns::{ENDED, RUNS, SENT, Turns};

/// A binding as its event holds it.
pub(crate) struct Bound<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) shared: Arc<Shared>,
    /// Where the handler's compiled code is: whose binding this is.
    pub(crate) code: usize,
    pub(crate) action: Action<A, R, M>,
    /// Whether it runs only when no other handler ran.
    pub(crate) is_default: bool,
    pub(crate) wish: Wish<BindingId>,
    pub(crate) terms: Terms<A, R, M>,
    pub(crate) counts: Arc<Counts>,
    /// Where its runs are noted, while somebody traces the event.
    pub(crate) trace: Option<Arc<Trace>>,
}

/// What a binding does.
pub(crate) enum Action<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    Handle(Arc<dyn Row<A, R, M>>),
    /// A filter, and how a table is made that copies arguments of this type.
    Alter(Arc<dyn Alters<A>>, Build<A, R, M>),
}

/// Makes the entry of an event with filters.
pub(crate) type Build<A, R, M> =
    fn(&Roll<Bound<A, R, M>>, Option<Arc<Bound<A, R, M>>>, Option<u64>) -> Box<dyn Entry<A, R, M>>;

impl<A: ?Sized, R, M: Merge<R>> Placed for Bound<A, R, M> {
    fn id(&self) -> BindingId {
        self.shared.id
    }
    fn wish(&self) -> &Wish<BindingId> {
        &self.wish
    }
}

/// A guard by the name under which it was imposed.
pub(crate) type Imposed<A> = (u64, Arc<dyn Guard<A>>);

/// What a binding is under.
pub(crate) struct Terms<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    /// For which values of which keys it is meant.
    pub(crate) keys: Vec<(&'static Key<A>, Pattern)>,
    pub(crate) imposed: Vec<Imposed<A>>,
    pub(crate) budget: Option<Budget>,
    pub(crate) later: Option<Later<A, R, M>>,
}

/// Where an asynchronous handler runs, and how arguments of this type get there.
pub(crate) struct Later<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) placement: Placement,
    pub(crate) send: Send<A, R, M>,
}

pub(crate) type Send<A, R, M> = fn(&A, &Arc<Bound<A, R, M>>, Placement);

impl<A: ?Sized, R, M: Merge<R>> Clone for Action<A, R, M> {
    fn clone(&self) -> Self {
        match self {
            Self::Handle(row) => Self::Handle(row.clone()),
            Self::Alter(filter, build) => Self::Alter(filter.clone(), *build),
        }
    }
}

impl<A: ?Sized, R, M: Merge<R>> Clone for Later<A, R, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: ?Sized, R, M: Merge<R>> Copy for Later<A, R, M> {}

impl<A: ?Sized, R, M: Merge<R>> Clone for Terms<A, R, M> {
    fn clone(&self) -> Self {
        let Self { keys, imposed, budget, later } = self;
        Self { keys: keys.clone(), imposed: imposed.clone(), budget: *budget, later: *later }
    }
}

impl<A: ?Sized, R, M: Merge<R>> Default for Terms<A, R, M> {
    fn default() -> Self {
        Self { keys: Vec::new(), imposed: Vec::new(), budget: None, later: None }
    }
}

impl<A: ?Sized, R, M: Merge<R>> Clone for Bound<A, R, M> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            code: self.code,
            action: self.action.clone(),
            is_default: self.is_default,
            wish: self.wish.clone(),
            terms: self.terms.clone(),
            counts: self.counts.clone(),
            trace: self.trace.clone(),
        }
    }
}

impl<A: ?Sized, R, M: Merge<R>> Bound<A, R, M> {
    /// Whether its own guard is one that can say no.
    pub(crate) fn has_guard(&self) -> bool {
        match &self.action {
            Action::Handle(row) => row.has_guard(),
            Action::Alter(filter, _) => filter.has_guard(),
        }
    }

    pub(crate) fn is_filter(&self) -> bool {
        matches!(self.action, Action::Alter(..))
    }

    /// Whether foreign code runs before its handler does.
    pub(crate) fn is_guarded(&self) -> bool {
        self.has_guard() || !self.terms.imposed.is_empty()
    }

    /// Whether it is more than a guard and a handler; the first key is the index's business.
    fn is_careful(&self) -> bool {
        let Terms { keys, imposed, budget, later } = &self.terms;
        keys.len() > 1 || !imposed.is_empty() || budget.is_some() || later.is_some() || self.trace.is_some()
    }

    /// Whether it runs at each raise, in the raiser, whoever else does.
    pub(crate) fn is_plain(&self) -> bool {
        !self.is_careful() && !self.has_guard() && self.terms.keys.is_empty() && !self.is_filter()
    }

    /// Whether all runs of its handler are called by way of a boundary, and nothing stands before them.
    pub(crate) fn is_limited(&self) -> bool {
        let Terms { keys, imposed, budget, later } = &self.terms;
        budget.is_some() && later.is_none() && keys.is_empty() && imposed.is_empty() && !self.has_guard()
    }

    /// Whether all guards hold: imposed ones first, so that a binding's own sees nothing that it is not to see.
    pub(crate) fn asks(&self, args: &A) -> bool {
        self.terms.imposed.iter().all(|(_, guard)| guard.holds(args))
            && match &self.action {
                Action::Handle(row) => row.asks(args),
                Action::Alter(filter, _) => filter.asks(args),
            }
    }

    /// Whether the arguments are among those it is meant for, by its keys. The first key is left out if an index has
    /// found it already.
    pub(crate) fn is_meant(&self, args: &A, by_index: bool) -> bool {
        self.terms.keys.iter().skip(usize::from(by_index)).all(|(key, pattern)| pattern.holds(key.of(args)))
    }

    /// The row by which a table calls it.
    pub(crate) fn row(self: &Arc<Self>) -> Option<Straight<A, M::State>> {
        match &self.action {
            Action::Handle(row) if !self.is_careful() => Some(row.clone().straight()),
            Action::Handle(_) => Some(Thunk::new(Arc::new(Careful(self.clone())))),
            Action::Alter(..) => None,
        }
    }

    /// The entry of an event that has this binding only.
    pub(crate) fn sole(self: &Arc<Self>) -> Option<Box<dyn Entry<A, R, M>>> {
        match &self.action {
            Action::Handle(row) if self.is_plain() => Some(row.clone().sole()),
            Action::Handle(row) if self.is_limited() => {
                Some(Box::new(Limited { row: row.clone(), ticks: self.ticks(), bound: self.clone() }))
            }
            _ => None,
        }
    }

    fn ticks(&self) -> u64 {
        self.terms.budget.map_or(u64::MAX, Budget::ticks)
    }

    /// Runs the handler as its terms say; nothing comes back from one that was given up.
    pub(crate) fn run(&self, args: &A) -> Option<R> {
        let Action::Handle(row) = &self.action else { return None };
        if self.terms.budget.is_none() && self.trace.is_none() {
            return Some(row.handle(args));
        }
        self.hold(args, &**row, self.ticks())
    }

    /// Runs the handler `row` of this binding for at most `ticks`.
    #[inline]
    fn hold(&self, args: &A, row: &dyn Row<A, R, M>, ticks: u64) -> Option<R> {
        let (result, outcome) = boundary::run(self.code, Rule::Limit(ticks), || row.handle(args));
        self.note(outcome);
        result
    }

    /// Changes the arguments as its terms say, if it is meant for them.
    pub(crate) fn alter(&self, args: &mut A, turns: &Turns<M::State>)
    where
        A: Clone,
    {
        let Action::Alter(filter, _) = &self.action else { return };
        if !self.is_meant(args, false) || !self.asks(args) {
            return;
        }
        // It contributes nothing, so for the default handler it has not run.
        turns.progress.enter(SENT);
        if self.terms.budget.is_none() && self.trace.is_none() {
            return filter.alter(args);
        }
        // What a filter leaves that is given up half-way is nobody's to look at, nor to drop.
        let mut copy = ManuallyDrop::new(args.clone());
        let rule = Rule::Limit(self.ticks());
        let (done, outcome) = boundary::run(self.code, rule, || filter.alter(&mut copy));
        self.note(outcome);
        if done.is_some() {
            *args = ManuallyDrop::into_inner(copy);
        }
    }

    fn note(&self, outcome: Outcome) {
        self.counts.add(outcome.ticks);
        if let Some(trace) = &self.trace {
            trace.note(self.shared.id, outcome);
        }
        if let Some(end) = outcome.end {
            trouble::report(&self.shared, &self.counts, self.code, end, false);
        }
    }

    /// Has its turn in a walk.
    pub(crate) fn turn(self: &Arc<Self>, args: &A, turns: &Turns<M::State>, by_index: bool) {
        if !self.is_meant(args, by_index) || !self.asks(args) {
            return;
        }
        if let Some(Later { placement, send }) = self.terms.later {
            turns.progress.enter(SENT);
            return send(args, self, placement);
        }
        turns.progress.enter(RUNS);
        match self.run(args) {
            Some(result) => turns.fold::<R, M>(result),
            None => turns.progress.enter(ENDED),
        }
    }
}

/// A row of a binding with terms.
struct Careful<A: ?Sized + 'static, R: 'static, M: Merge<R>>(Arc<Bound<A, R, M>>);

impl<A: ?Sized, R, M: Merge<R>> Call<A, Turns<M::State>> for Careful<A, R, M> {
    fn call(&self, args: &A, turns: &Turns<M::State>) {
        // With a key the row stands in an index, which has looked at the first.
        self.0.turn(args, turns, true);
    }
}

/// The entry of an event with one handler that is held to a budget.
struct Limited<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    row: Arc<dyn Row<A, R, M>>,
    ticks: u64,
    bound: Arc<Bound<A, R, M>>,
}

impl<A: ?Sized, R, M: Merge<R>> Entry<A, R, M> for Limited<A, R, M> {
    fn raise(&self, args: &A) -> M::Output {
        let mut state = M::start();
        if let Some(result) = self.bound.hold(args, &*self.row, self.ticks) {
            let _: Flow = M::fold(&mut state, result);
        }
        M::finish(state)
    }
}
