//! Proposal: what an installer says about a binding before there is one.
//!
//! It holds names of other bindings, not their handlers, and keeps nobody's code alive. Whether what it asks for can be had
//! is seen when it is installed.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::hint::black_box;

use crate::admission::Asked;
use crate::binding::{Binding, BindingId, Shared};
use crate::bound::{Action, Bound, Carry, Making};
use crate::budget::Budget;
use crate::caught::Frames;
use crate::counts::Counts;
use crate::desk::Desk;
use crate::event::Event;
use crate::filtered;
use crate::guard::{Always, Guard};
use crate::install_error::InstallError;
use crate::key::Key;
use crate::merge::Merge;
use crate::order::{Rank, Wish};
use crate::pattern::Pattern;
use crate::placement::{self, Placement};
use crate::record::{Kind, Meant, Record};
use crate::row::{Filter, Installed};
use crate::watch;
use spindle_sync::Foreign;

/// How much there must be room for on the kernel's heap before a binding is noted, in bytes.
const RECORD_ROOM: usize = 2048;

/// A binding in the making: an event, what stands in front of the handler to come, where it goes, and what it is held to.
///
/// Handlers run in the order in which they were installed, unless they ask otherwise. What is asked by
/// [`before`](Self::before) and [`after`](Self::after) always holds while both handlers are installed;
/// [`first`](Self::first) and [`last`](Self::last) are where the handler goes as far as that allows.
#[must_use = "nothing is installed before `install`"]
pub struct Proposal<A: ?Sized + 'static, R: 'static, M: Merge<R>, G> {
    event: &'static Event<A, R, M>,
    guard: G,
    request: Request<A>,
}

/// What is asked for, without the guard's type.
pub(crate) struct Request<A: ?Sized + 'static> {
    keys: Vec<(&'static Key<A>, Pattern)>,
    asking: Asking,
}

/// What of that has no types.
struct Asking {
    order: Order,
    /// The keys once more.
    meant: Vec<Meant>,
    budget: Option<Budget>,
    offered: Option<Box<dyn Any>>,
    /// Whether the owner asks.
    as_owner: bool,
}

/// Where a handler is to go, as its installer says it.
#[derive(Default)]
struct Order {
    rank: Rank,
    before: Vec<Arc<Shared>>,
    after: Vec<Arc<Shared>>,
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Proposal<A, R, M, Always> {
    pub(crate) fn new(event: &'static Event<A, R, M>, as_owner: bool) -> Self {
        let (order, meant) = (Order::default(), Vec::new());
        let asking = Asking { order, meant, budget: None, offered: None, as_owner };
        Self { event, guard: Always, request: Request { keys: Vec::new(), asking } }
    }

    /// Lets the handler run only for raises for which `guard` holds.
    pub fn guard<G: Guard<A>>(self, guard: G) -> Proposal<A, R, M, G> {
        Proposal { event: self.event, guard, request: self.request }
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>, G> Proposal<A, R, M, G> {
    /// Puts the handler in front of all that are there now.
    pub fn first(mut self) -> Self {
        self.request.asking.order.rank = Rank::First;
        self
    }

    /// Puts the handler behind all that are there now, and keeps it behind those that come later and do not ask for
    /// the same.
    pub fn last(mut self) -> Self {
        self.request.asking.order.rank = Rank::Last;
        self
    }

    /// Has the handler run before that of `anchor`, a binding of the same event.
    pub fn before(mut self, anchor: &Binding) -> Self {
        self.request.asking.order.before.push(anchor.shared());
        self
    }

    /// Has the handler run after that of `anchor`, a binding of the same event.
    pub fn after(mut self, anchor: &Binding) -> Self {
        self.request.asking.order.after.push(anchor.shared());
        self
    }

    /// Lets the handler run only for raises whose `key` is one that `pattern` means. Said for several keys, all must be.
    ///
    /// The first one said is looked up, not asked: what it costs does not depend on how many handlers there are. Among
    /// prefixes of one key, and only those said first, the longest that fits counts.
    pub fn when(mut self, key: &'static Key<A>, pattern: Pattern) -> Self {
        let (address, name) = (core::ptr::from_ref(key).addr(), key.name());
        self.request.asking.meant.extend([Meant { key: address, name, pattern: pattern.clone() }]);
        self.request.keys.push((key, pattern));
        self
    }

    /// Holds the handler to a budget: it is ended when it takes longer.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.request.asking.budget = Some(budget);
        self
    }

    /// Offers the event's authorizer something by which to decide: a capability, for one.
    pub fn offer(mut self, proof: impl Any) -> Self {
        self.request.asking.offered = Some(Box::new(proof));
        self
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>, G: Guard<A>> Proposal<A, R, M, G> {
    /// Installs `handler` where the proposal says.
    ///
    /// # Errors
    /// [`InstallError`] when the event takes no (more) handlers, or not of this asker, or not in that order.
    ///
    /// # Context
    /// Not in interrupt context. Waits for other changes of this event, never for a raise. Allocates.
    pub fn install<F>(self, handler: F) -> Result<Binding, InstallError>
    where
        F: Fn(&A) -> R + Send + Sync + 'static,
    {
        self.handle(handler, None, Kind::Handler, true)
    }

    /// Creates the binding, which raises do not reach before [`Binding::install`].
    ///
    /// # Errors
    /// As for [`install`](Self::install).
    ///
    /// # Context
    /// As for [`install`](Self::install).
    pub fn create<F>(self, handler: F) -> Result<Binding, InstallError>
    where
        F: Fn(&A) -> R + Send + Sync + 'static,
    {
        self.handle(handler, None, Kind::Handler, false)
    }

    /// Installs the handler that runs when no other one ran. An event has at most one.
    ///
    /// # Errors
    /// [`InstallError`], also when the event has one.
    ///
    /// # Context
    /// As for [`install`](Self::install).
    pub fn install_default<F>(self, handler: F) -> Result<Binding, InstallError>
    where
        F: Fn(&A) -> R + Send + Sync + 'static,
    {
        self.handle(handler, None, Kind::Default, true)
    }

    /// Installs a handler that runs later, where `placement` says, in a turn of that core's run loop. Its guards run in
    /// the raiser. It contributes no result, so for the default handler it has not run.
    ///
    /// The arguments must be owned and able to go to another core; the compiler refuses others:
    ///
    /// ```compile_fail
    /// use std::rc::Rc;
    /// use spindle_event::{Event, Owner, Placement};
    ///
    /// static OWNER: Owner = Owner::new();
    /// static LOCAL: Event<Rc<u8>> = Event::new("local", &OWNER);
    /// LOCAL.bind().install_later(Placement::Here, |_| ());
    /// ```
    ///
    /// The raise does not wait. It copies the arguments for each core; one for which no slot is left runs at once. What has
    /// not run when the handler is uninstalled does not run while it is off.
    ///
    /// # Errors
    /// As for [`install`](Self::install).
    ///
    /// # Context
    /// As for [`install`](Self::install).
    pub fn install_later<F>(self, placement: Placement, handler: F) -> Result<Binding, InstallError>
    where
        A: Clone + Send,
        F: Fn(&A) -> R + Send + Sync + 'static,
    {
        self.handle(handler, Some((placement, send::<A, R, M>)), Kind::Handler, true)
    }

    /// Installs a filter: it may change the arguments that later handlers see. What the raiser has stays as it was. A
    /// filter contributes no result.
    ///
    /// # Errors
    /// As for [`install`](Self::install).
    ///
    /// # Context
    /// As for [`install`](Self::install). While an event has filters, each raise copies its arguments once.
    pub fn install_filter<F>(self, filter: F) -> Result<Binding, InstallError>
    where
        A: Clone,
        F: Fn(&mut A) + Send + Sync + 'static,
    {
        let (code, has_guard) = (Filter::<F, G>::code::<A>(), self.guard.can_refuse());
        let action = Action::Alter(
            Arc::new(Filter { filter: Foreign::new(filter), guard: Foreign::new(self.guard) }),
            filtered::builder(),
        );
        // A filter always has a boundary of its own.
        let frames = Frames::default();
        let made = Made { action, code, frames, has_guard, later: None, kind: Kind::Filter };
        put(self.event, self.request, made, true)
    }

    fn handle<F>(
        self,
        handler: F,
        later: Option<(Placement, Carry<A, R, M>)>,
        kind: Kind,
        at_once: bool,
    ) -> Result<Binding, InstallError>
    where
        F: Fn(&A) -> R + Send + Sync + 'static,
    {
        let (code, has_guard) = (Installed::<F, G, R, M>::code::<A>(), self.guard.can_refuse());
        let installed = Arc::new(Installed::<F, G, R, M>::new(handler, self.guard));
        let frames = installed.frames::<A>();
        let made = Made { action: Action::Handle(installed), code, frames, has_guard, later, kind };
        put(self.event, self.request, made, at_once)
    }
}

/// What was made of a handler's types.
struct Made<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    action: Action<A, R, M>,
    code: usize,
    frames: Frames,
    has_guard: bool,
    later: Option<(Placement, Carry<A, R, M>)>,
    kind: Kind,
}

/// What of that has no types.
struct What {
    code: usize,
    frames: Frames,
    has_guard: bool,
    kind: Kind,
    /// Where it runs, if later.
    placement: Option<Placement>,
    at_once: bool,
}

fn put<A: ?Sized, R, M: Merge<R>>(
    event: &'static Event<A, R, M>,
    request: Request<A>,
    made: Made<A, R, M>,
    at_once: bool,
) -> Result<Binding, InstallError> {
    let Request { keys, asking } = request;
    let Made { action, code, frames, has_guard, later, kind } = made;
    has_room(event.name())?;
    let (placement, send) = later.unzip();
    let mut making = Some(Making { action, keys, send });
    let shared = Shared::new();
    let what = What { code, frames, has_guard, kind, placement, at_once };
    ask(&event.desk(), shared.clone(), asking, what, &mut making)?;
    Ok(Binding::new(shared))
}

/// Asks the event for it. Apart from `put`, so that it is compiled once.
#[inline(never)]
fn ask(
    event: &Desk,
    shared: Arc<Shared>,
    asking: Asking,
    what: What,
    made: &mut dyn Any,
) -> Result<(), InstallError> {
    let Asking { order, meant, budget, offered, as_owner } = asking;
    let at_once = what.at_once;
    let record = record(event, shared.clone(), order, what, (meant, budget))?;
    let outcome = event.admit(Asked { record, made, offered, as_owner, at_once });
    outcome.inspect_err(|_| shared.detach())
}

/// Whether the kernel's heap has room for what is noted of a binding at the event called `name`, and of that. Apart, so that it is
/// the kernel's heap that is asked.
#[inline(never)]
fn has_room(name: &str) -> Result<(), InstallError> {
    let mut room = Vec::<u8>::new();
    if room.try_reserve(RECORD_ROOM).is_err() {
        return Err(InstallError::no_room(name));
    }
    // Else the compiler could leave out what nobody looks at.
    black_box(&room);
    Ok(())
}

/// The record of a binding to be.
fn record(
    event: &Desk,
    shared: Arc<Shared>,
    order: Order,
    what: What,
    (keys, budget): (Vec<Meant>, Option<Budget>),
) -> Result<Record, InstallError> {
    let What { code, frames, has_guard, kind, placement, .. } = what;
    if watch::is_on() {
        watch::note(code);
    }
    let Order { rank, before, after } = order;
    let wish = Wish { rank, before: settle(&before, event)?, after: settle(&after, event)? };
    let share = shared.charge(code, event.name())?;
    shared.attach(event);
    Ok(Record {
        shared,
        slot: 0,
        code,
        frames,
        kind,
        has_guard,
        wish,
        keys,
        imposed: Vec::new(),
        budget,
        share,
        placement,
        counts: Arc::new(Counts::default()),
        trace: None,
    })
}

/// Names of bindings that are at `event` now. They may be gone when the names are looked up.
fn settle(anchors: &[Arc<Shared>], event: &Desk) -> Result<Vec<BindingId>, InstallError> {
    anchors.iter().map(|anchor| anchor.at(event)).collect()
}

/// Has `bound` run later with a copy of `args`. Compiled where that it can be copied is known.
pub(crate) fn send<A: Clone + Send + 'static, R: 'static, M: Merge<R>>(
    args: &A,
    bound: &Arc<Bound<A, R, M>>,
    placement: Placement,
) {
    placement::send(placement, || {
        let (args, bound) = (args.clone(), bound.clone());
        move || {
            if bound.record.shared.is_reached() {
                let _: Option<R> = bound.run(&args);
            }
        }
    });
}
