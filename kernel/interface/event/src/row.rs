//! Row: one handler with its guard, of their own types, and the ways in which it is called.
//!
//! Everything here is compiled into the crate that installs, and that is how it is known whose a handler is.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::marker::PhantomData;

use spindle_sync::boundary::{self, End, Held, Holds};
use spindle_sync::{Call, Foreign, Thunk, Whole};

use crate::caught::Frames;
use crate::dispatch::Entry;
use crate::guard::Guard;
use crate::merge::{Flow, Merge};
use crate::record::Record;
use crate::rows::Rows;
use crate::trouble;
use crate::turns::{RUNS, Turns};

/// What a table's row is called as.
pub(crate) type Straight<A, S> = Thunk<A, Turns<S>>;

/// Rows of which there are none yet.
pub(crate) fn no_rows<A: ?Sized, S>() -> Rows<Straight<A, S>> {
    Rows::new(Thunk::new(Arc::new(Nothing)))
}

/// What stands where a row could be.
struct Nothing;

impl<A: ?Sized, S> Call<A, Turns<S>> for Nothing {
    fn call(&self, _: &A, _: &Turns<S>) {}
}

/// One handler with its guard, without their types.
pub(crate) trait Row<A: ?Sized, R, M: Merge<R>>: Send + Sync {
    /// Whether its own guard holds.
    fn asks(&self, args: &A) -> bool;
    /// The handler alone. One that is given up leaves nothing in `result`.
    fn handle(&self, args: &A, result: &Whole<R>);
    /// Guard, handler and merge in one call.
    fn straight(self: Arc<Self>) -> Straight<A, M::State>;
    /// The whole raise of an event that has this handler only.
    fn sole(self: Arc<Self>) -> Box<dyn Entry<A, R, M>>;
    /// The same, held to what its record says.
    fn limited(self: Arc<Self>, record: Arc<Record>) -> Box<dyn Entry<A, R, M>>;
}

/// A handler and its guard.
pub(crate) struct Installed<F, G, R, M> {
    handler: Foreign<F>,
    guard: Foreign<G>,
    _merges: PhantomData<fn(R) -> M>,
}

impl<F, G, R, M> Installed<F, G, R, M> {
    pub(crate) fn new(handler: F, guard: G) -> Self {
        Self { handler: Foreign::new(handler), guard: Foreign::new(guard), _merges: PhantomData }
    }

    /// Where it is compiled to: whose handler this is.
    pub(crate) fn code<A: ?Sized + 'static>() -> usize
    where
        Self: Call<A, Turns<M::State>>,
        M: Merge<R>,
    {
        Straight::<A, M::State>::code_of::<Self>()
    }

    /// How calls of it are recognised on a stack.
    pub(crate) fn frames<A: ?Sized + 'static>(self: &Arc<Self>) -> Frames
    where
        Self: Call<A, Turns<M::State>> + Row<A, R, M>,
        Sole<F, G, R, M>: Entry<A, R, M>,
        M: Merge<R>,
    {
        let handle: fn(&Self, &A, &Whole<R>) = <Self as Row<A, R, M>>::handle;
        let raise: fn(&_, &A) -> M::Output = <Sole<F, G, R, M> as Entry<A, R, M>>::raise;
        let nothing: fn() -> M::Output = || M::finish(M::start());
        Frames {
            state: Arc::as_ptr(self).addr(),
            turn: Self::code::<A>(),
            handle: handle as *const () as usize,
            raise: raise as *const () as usize,
            nothing: nothing as *const () as usize,
        }
    }
}

impl<A, R, M, F, G> Call<A, Turns<M::State>> for Installed<F, G, R, M>
where
    A: ?Sized + 'static,
    R: 'static,
    M: Merge<R>,
    F: Fn(&A) -> R + Send + Sync + 'static,
    G: Guard<A>,
{
    #[inline(always)]
    fn call(&self, args: &A, turns: &Turns<M::State>) {
        // Noted here and not by the walk: the address is at hand.
        let row = core::ptr::from_ref(self).addr();
        if self.guard.can_refuse() {
            turns.progress.begin(row);
            if !self.guard.holds(args) {
                return;
            }
            turns.progress.enter(RUNS);
        } else {
            turns.progress.begin_in(row, RUNS);
        }
        turns.fold::<R, M>((self.handler)(args));
    }
}

impl<A, R, M, F, G> Row<A, R, M> for Installed<F, G, R, M>
where
    A: ?Sized + 'static,
    R: 'static,
    M: Merge<R>,
    F: Fn(&A) -> R + Send + Sync + 'static,
    G: Guard<A>,
{
    fn asks(&self, args: &A) -> bool {
        self.guard.holds(args)
    }

    fn handle(&self, args: &A, result: &Whole<R>) {
        result.put((self.handler)(args));
    }

    fn straight(self: Arc<Self>) -> Straight<A, M::State> {
        Thunk::new(self)
    }

    fn sole(self: Arc<Self>) -> Box<dyn Entry<A, R, M>> {
        Box::new(Sole(self))
    }

    fn limited(self: Arc<Self>, record: Arc<Record>) -> Box<dyn Entry<A, R, M>> {
        let (code, ticks) = (record.code, record.ticks());
        Box::new(Limited(Held::new(Raise { sole: Sole(self), record }, code, ticks)))
    }
}

/// The entry of an event with one handler, which always runs.
pub(crate) struct Sole<F, G, R, M>(Arc<Installed<F, G, R, M>>);

impl<A, R, M, F, G> Entry<A, R, M> for Sole<F, G, R, M>
where
    A: ?Sized + 'static,
    R: 'static,
    M: Merge<R>,
    F: Fn(&A) -> R + Send + Sync + 'static,
    G: Guard<A>,
{
    #[inline(always)]
    fn raise(&self, args: &A) -> M::Output {
        let mut state = M::start();
        // Whether it claims the raise makes no difference: nobody comes after it.
        let _: Flow = M::fold(&mut state, (self.0.handler)(args));
        boundary::stay();
        M::finish(state)
    }
}

/// The entry of an event with one handler, which always runs, and not for longer than it may.
struct Limited<F, G, R, M>(Held<Raise<F, G, R, M>>);

/// What is held to the budget: the raise as it would be without one. What is folded on the way is nobody's if it is given up.
struct Raise<F, G, R, M> {
    sole: Sole<F, G, R, M>,
    record: Arc<Record>,
}

impl<A, R, M, F, G> Holds<A> for Raise<F, G, R, M>
where
    A: ?Sized + 'static,
    R: 'static,
    M: Merge<R>,
    F: Fn(&A) -> R + Send + Sync + 'static,
    G: Guard<A>,
{
    type Output = M::Output;

    #[inline(always)]
    fn handle(&self, args: &A) -> M::Output {
        self.sole.raise(args)
    }

    #[cold]
    #[inline(never)]
    fn gave_up(&self, end: End) {
        trouble::report(&self.record, end, false);
    }
}

impl<A, R, M, F, G> Entry<A, R, M> for Limited<F, G, R, M>
where
    A: ?Sized + 'static,
    R: 'static,
    M: Merge<R>,
    F: Fn(&A) -> R + Send + Sync + 'static,
    G: Guard<A>,
{
    fn raise(&self, args: &A) -> M::Output {
        self.0.call(args).unwrap_or_else(|| M::finish(M::start()))
    }
}

/// A filter with its guard, without their types: changes the arguments that later rows see.
pub(crate) trait Alters<A: ?Sized>: Send + Sync {
    fn asks(&self, args: &A) -> bool;
    fn alter(&self, args: &mut A);
}

/// A filter and its guard.
pub(crate) struct Filter<F, G> {
    pub(crate) filter: Foreign<F>,
    pub(crate) guard: Foreign<G>,
}

impl<F, G> Filter<F, G> {
    /// Where it is compiled to: whose filter this is.
    pub(crate) fn code<A: ?Sized>() -> usize
    where
        Self: Alters<A>,
    {
        let alter: fn(&Self, &mut A) = <Self as Alters<A>>::alter;
        alter as *const () as usize
    }
}

impl<A, F, G> Alters<A> for Filter<F, G>
where
    A: ?Sized,
    F: Fn(&mut A) + Send + Sync + 'static,
    G: Guard<A>,
{
    fn asks(&self, args: &A) -> bool {
        self.guard.holds(args)
    }

    fn alter(&self, args: &mut A) {
        (self.filter)(args);
    }
}
