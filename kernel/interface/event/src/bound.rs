//! Bound: the typed side of a binding, as its event holds it.
//!
//! It is never changed: another record makes another one of the same slot, whose row replaces that of the first in the next
//! table. A binding without terms is called straight. One with terms goes by way of [`Careful`], which is compiled into
//! the crate that declares the event.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::ManuallyDrop;

use spindle_sync::boundary::{self, Outcome, Rule};
use spindle_sync::{Call, Thunk, Whole};

use crate::dispatch::Entry;
use crate::guard::Guard;
use crate::key::Key;
use crate::merge::Merge;
use crate::pattern::Pattern;
use crate::placement::Placement;
use crate::record::Record;
use crate::row::{Alters, Row, Straight};
use crate::trouble;
use crate::turns::{ENDED, RUNS, SENT, Turns};
use crate::typed::{Common, Held};

/// A binding as its event holds it.
pub(crate) struct Bound<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) record: Arc<Record>,
    pub(crate) action: Action<A, R, M>,
    /// As in the record, with the keys' own types.
    pub(crate) keys: Vec<(&'static Key<A>, Pattern)>,
    pub(crate) imposed: Vec<Imposed<A>>,
    /// How arguments get to where it runs, if later.
    pub(crate) send: Option<Carry<A, R, M>>,
}

/// What a binding does.
pub(crate) enum Action<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    Handle(Arc<dyn Row<A, R, M>>),
    /// A filter, and how a table is made that copies arguments of this type.
    Alter(Arc<dyn Alters<A>>, Build<A, R, M>),
}

/// Makes the entry of an event with filters, for everybody in order.
pub(crate) type Build<A, R, M> = fn(&[&Held], Common<'_>) -> Box<dyn Entry<A, R, M>>;

/// What was made of a handler's types, for its event to make a binding of.
pub(crate) struct Making<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) action: Action<A, R, M>,
    pub(crate) keys: Vec<(&'static Key<A>, Pattern)>,
    pub(crate) send: Option<Carry<A, R, M>>,
}

/// A guard that somebody else has put before a handler.
pub(crate) struct Imposed<A: ?Sized> {
    pub(crate) name: u64,
    /// Where its code lies: whose it is.
    pub(crate) code: usize,
    pub(crate) guard: Arc<dyn Guard<A>>,
}

impl<A: ?Sized> Clone for Imposed<A> {
    fn clone(&self) -> Self {
        Self { name: self.name, code: self.code, guard: self.guard.clone() }
    }
}

pub(crate) type Carry<A, R, M> = fn(&A, &Arc<Bound<A, R, M>>, Placement);

impl<A: ?Sized, R, M: Merge<R>> Clone for Action<A, R, M> {
    fn clone(&self) -> Self {
        match self {
            Self::Handle(row) => Self::Handle(row.clone()),
            Self::Alter(filter, build) => Self::Alter(filter.clone(), *build),
        }
    }
}

impl<A: ?Sized, R, M: Merge<R>> Bound<A, R, M> {
    // Not inlined, nor others of these that are for changes: they are the same for most types, and the linker keeps one.
    #[inline(never)]
    pub(crate) fn new(
        record: Arc<Record>,
        making: Making<A, R, M>,
        imposed: Option<&mut Vec<Imposed<A>>>,
        send: Option<Carry<A, R, M>>,
    ) -> Arc<Self> {
        let imposed = imposed.map(core::mem::take).unwrap_or_default();
        let Making { action, keys, send: own } = making;
        Arc::new(Self { record, action, keys, imposed, send: own.or(send) })
    }

    /// The same under another record.
    #[inline(never)]
    pub(crate) fn under(&self, record: Arc<Record>, imposed: &[Imposed<A>]) -> Arc<Self> {
        let Self { action, keys, send, .. } = self;
        let (action, keys) = (action.clone(), keys.clone());
        Arc::new(Self { record, action, keys, imposed: imposed.into(), send: *send })
    }

    /// Whether all guards hold: imposed ones first, so that a binding's own sees nothing that it is not to see.
    pub(crate) fn asks(&self, args: &A) -> bool {
        self.imposed.iter().all(|imposed| imposed.guard.holds(args))
            && self.record.asks(|| match &self.action {
                Action::Handle(row) => row.asks(args),
                Action::Alter(filter, _) => filter.asks(args),
            })
    }

    /// Whether the arguments are among those it is meant for, by its keys. The first key is left out if an index has
    /// found it already.
    pub(crate) fn is_meant(&self, args: &A, by_index: bool) -> bool {
        self.keys.iter().skip(usize::from(by_index)).all(|(key, pattern)| pattern.holds(key.of(args)))
    }

    /// The row by which a table calls it; a filter has none.
    #[inline(never)]
    pub(crate) fn row(self: &Arc<Self>) -> Option<Straight<A, M::State>> {
        match &self.action {
            Action::Handle(row) if !self.record.is_careful() => Some(row.clone().straight()),
            Action::Handle(_) => Some(Thunk::new(Arc::new(Careful(self.clone())))),
            Action::Alter(..) => None,
        }
    }

    /// The entry of an event that has this binding only, if it always runs.
    #[inline(never)]
    pub(crate) fn sole(self: &Arc<Self>) -> Option<Box<dyn Entry<A, R, M>>> {
        match &self.action {
            // In the place of a raise that is given up its result can be made only if it fits into registers.
            Action::Handle(row) if self.record.is_plain() && const { fits_registers::<M::Output>() } => {
                Some(row.clone().sole())
            }
            Action::Handle(row) if self.record.is_limited() => Some(row.clone().limited(self.record.clone())),
            _ => None,
        }
    }

    /// Runs the handler as its terms say; nothing comes back from one that was given up, or left out.
    pub(crate) fn run(&self, args: &A) -> Option<R> {
        let Action::Handle(row) = &self.action else { return None };
        if self.record.budget.is_none() && self.record.trace.is_none() && self.record.share.is_none() {
            return handle(&**row, args);
        }
        if !self.record.may_begin() {
            return None;
        }
        self.hold(args, &**row, self.record.ticks())
    }

    /// Runs the handler `row` of this binding for at most `ticks`.
    fn hold(&self, args: &A, row: &dyn Row<A, R, M>, ticks: u64) -> Option<R> {
        let (result, outcome) = boundary::run(self.record.code, Rule::Limit(ticks), || handle(row, args));
        self.record.note(outcome);
        result.flatten()
    }

    /// Changes the arguments as its terms say, if it is meant for them.
    pub(crate) fn alter(&self, args: &mut A, turns: &Turns<M::State>)
    where
        A: Clone,
    {
        let Action::Alter(filter, _) = &self.action else { return };
        if !self.is_meant(args, false) || !self.asks(args) || !self.record.may_begin() {
            return;
        }
        // It contributes nothing, so for the default handler it has not run.
        turns.progress.enter(SENT);
        // What a filter leaves that is given up half-way is nobody's to look at, nor to drop.
        let mut copy = ManuallyDrop::new(args.clone());
        let rule = Rule::Limit(self.record.ticks());
        let (done, outcome) = boundary::run(self.record.code, rule, || filter.alter(&mut copy));
        self.record.note(outcome);
        if done.is_some() {
            *args = ManuallyDrop::into_inner(copy);
        }
    }

    /// Has its turn in a walk.
    pub(crate) fn turn(self: &Arc<Self>, args: &A, turns: &Turns<M::State>, by_index: bool) {
        if !self.is_meant(args, by_index) || !self.asks(args) {
            return;
        }
        if let Some((placement, send)) = self.record.placement.zip(self.send) {
            turns.progress.enter(SENT);
            return send(args, self, placement);
        }
        if !self.record.may_begin() {
            return;
        }
        turns.progress.enter(RUNS);
        match self.run(args) {
            Some(result) => turns.fold::<R, M>(result),
            None => turns.progress.enter(ENDED),
        }
    }
}

/// Whether a `T` that a function returns is in registers: AAPCS64 6.9 returns up to two words there, and so does Rust's own
/// convention.
const fn fits_registers<T>() -> bool {
    size_of::<T>() <= 2 * size_of::<usize>()
}

/// The handler's result; none from one that was given up.
fn handle<A: ?Sized, R, M: Merge<R>>(row: &dyn Row<A, R, M>, args: &A) -> Option<R> {
    let result = Whole::new();
    row.handle(args, &result);
    result.take()
}

impl Record {
    /// Has a run charged to its domain's share, counted and noted if somebody traces, and does what follows from one that was given up.
    #[inline]
    fn note(&self, outcome: Outcome) {
        if let Some(share) = &self.share {
            share.charge(outcome.ticks);
        }
        if outcome.end.is_some() || self.trace.is_some() {
            self.note_more(outcome);
        }
    }

    #[cold]
    fn note_more(&self, outcome: Outcome) {
        if let Some(trace) = &self.trace {
            self.counts.add(outcome.ticks);
            trace.note(self.id(), outcome);
        }
        if let Some(end) = outcome.end {
            trouble::report(self, end, false);
        }
    }
}

/// A row of a binding with terms.
struct Careful<A: ?Sized + 'static, R: 'static, M: Merge<R>>(Arc<Bound<A, R, M>>);

impl<A: ?Sized, R, M: Merge<R>> Call<A, Turns<M::State>> for Careful<A, R, M> {
    fn call(&self, args: &A, turns: &Turns<M::State>) {
        turns.progress.begin(core::ptr::from_ref(self).addr());
        // With a key the row stands in an index, which has looked at the first.
        self.0.turn(args, turns, true);
    }
}
