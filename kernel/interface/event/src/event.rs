//! Event: declare, install, raise.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::type_name;
use core::fmt;
use core::ops::Range;

use spindle_sync::{GRACE, Lock, Snapshot};

use crate::binding::{Binding, BindingId, Bound, InstallError, Shared};
use crate::dispatch::{Installed, Row, Table};
use crate::guard::{Always, Guard};
use crate::merge::{Each, Merge};
use crate::order::{self, Disorder};
use crate::proposal::{Proposal, Request};
use crate::registry::{self, BindingInfo, EventInfo, Registered};
use crate::stretch::Stretches;
use crate::watch;

/// How many bindings one event takes. Bounds the time an install keeps this core's interrupts masked.
const MAX_BINDINGS: usize = 4096;

/// A typed name that can be raised: arguments `A` by shared reference, results `R`, merged by `M`.
///
/// Declared as a `static`; whoever can name it can raise it.
///
/// ```
/// use spindle_event::{Event, Last};
///
/// struct Intruder { door: &'static str }
/// static INTRUDER: Event<Intruder> = Event::new("intruder");
/// static PRICE: Event<u32, u32, Last> = Event::new("price");
/// ```
pub struct Event<A: ?Sized + 'static, R: 'static = (), M: Merge<R> = Each> {
    // First, so that a raise addresses it without an offset.
    table: Snapshot<Table<A, R, M>>,
    name: &'static str,
    /// Lock order: the registry's list may be locked while this is held.
    bindings: Lock<Bindings<A, R, M>>,
    /// Lists the event. Goes by way of a pointer that is set where the event is declared, so that the vtable the
    /// registry keeps lies in the code of the declaring crate and not in that of whoever installs first.
    register: fn(&'static Self) -> &'static dyn Registered,
    /// As `register`: tables are built by code of the declaring crate.
    add: Add<A, R, M>,
}

type Add<A, R, M> = fn(&'static Event<A, R, M>, Arc<Bound<A, R, M>>, Place) -> Result<(), InstallError>;

/// What the next table is built from.
struct Bindings<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    rows: Vec<Arc<Bound<A, R, M>>>,
    default: Option<Arc<Bound<A, R, M>>>,
    /// What the table is cut from.
    stretches: Stretches<A, R, M>,
    life: Life,
}

/// Whether the registry knows the event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Unlisted,
    Listed,
    Withdrawn,
}

/// Where a new binding goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Handler,
    Default,
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Event<A, R, M> {
    const EMPTY: &'static Table<A, R, M> = &Table::EMPTY;

    /// An event without handlers.
    pub const fn new(name: &'static str) -> Self {
        Self {
            table: Snapshot::new(&GRACE, Self::EMPTY),
            name,
            bindings: Lock::new(Bindings {
                rows: Vec::new(),
                default: None,
                stretches: Stretches::new(),
                life: Life::Unlisted,
            }),
            register: Self::register_here,
            add: Self::add_here,
        }
    }

    /// The event's name.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Runs the handlers here and now, on this core, and merges their results.
    ///
    /// # Context
    /// Not in interrupt context. Takes no lock; allocates nothing unless the merge does.
    #[inline(always)]
    pub fn raise(&self, args: &A) -> M::Output {
        self.table.with(|table| table.entry.raise(args))
    }

    /// Installs `handler` behind the handlers that are there, but for those that asked to be [last](Proposal::last).
    ///
    /// # Errors
    /// [`InstallError`] when the event takes no (more) handlers.
    ///
    /// # Context
    /// Not in interrupt context. Waits for other changes of this event, never for a raise. Allocates.
    pub fn install<F>(&'static self, handler: F) -> Result<Binding, InstallError>
    where
        F: Fn(&A) -> R + Send + Sync + 'static,
    {
        self.bind().install(handler)
    }

    /// Begins a binding with more to it than a handler.
    pub fn bind(&'static self) -> Proposal<A, R, M, Always> {
        Proposal::new(self)
    }

    /// Installs the handler that runs when no other one ran. An event has at most one.
    ///
    /// # Errors
    /// [`InstallError`] when the event has one, or takes no handlers any more.
    ///
    /// # Context
    /// As for [`install`](Self::install).
    pub fn install_default<F>(&'static self, handler: F) -> Result<Binding, InstallError>
    where
        F: Fn(&A) -> R + Send + Sync + 'static,
    {
        self.put(handler, Always, &Request::default(), Place::Default)
    }

    /// Lists the event although nothing is bound to it yet.
    pub fn declare(&'static self) {
        (self.register)(self);
    }

    pub(crate) fn put<F, G>(
        &'static self,
        handler: F,
        guard: G,
        order: &Request,
        place: Place,
    ) -> Result<Binding, InstallError>
    where
        F: Fn(&A) -> R + Send + Sync + 'static,
        G: Guard<A>,
    {
        let code = <Arc<Installed<F, G>> as Row<A, R, M>>::code();
        if watch::is_on() {
            watch::note(code);
        }
        let shared = Shared::new();
        let registered = (self.register)(self);
        let wish = order.settle(registered)?;
        shared.attach(registered);
        let row: Box<dyn Row<A, R, M>> = Box::new(Arc::new(Installed { handler, guard }));
        (self.add)(self, Arc::new(Bound { row, code, shared: shared.clone(), wish }), place)?;
        Ok(Binding::new(shared))
    }

    fn register_here(&'static self) -> &'static dyn Registered {
        let mut bindings = self.bindings.lock();
        if bindings.life == Life::Unlisted {
            bindings.life = Life::Listed;
            registry::enter(self);
        }
        self
    }

    fn add_here(&'static self, bound: Arc<Bound<A, R, M>>, place: Place) -> Result<(), InstallError> {
        let mut bindings = self.bindings.lock();
        if bindings.life == Life::Withdrawn {
            return Err(InstallError::Withdrawn { event: self.name.into() });
        }
        match place {
            Place::Default if bindings.default.is_some() => {
                return Err(InstallError::DefaultTaken { event: self.name.into() });
            }
            Place::Default => bindings.default = Some(bound),
            Place::Handler if bindings.rows.len() >= MAX_BINDINGS => {
                return Err(InstallError::TooMany { event: self.name.into(), limit: MAX_BINDINGS });
            }
            Place::Handler => {
                let present = bindings.rows.iter().map(|bound| (bound.shared.id, &bound.wish));
                let spot = order::place(present, &bound.wish).map_err(|disorder| {
                    self.refusal(disorder, bound.shared.id, bindings.default.as_deref())
                })?;
                spot.fill(&mut bindings.rows, bound);
            }
        }
        let old = self.publish(&mut bindings);
        drop(bindings);
        drop(old);
        Ok(())
    }

    fn refusal(
        &self,
        disorder: Disorder<BindingId>,
        newcomer: BindingId,
        default: Option<&Bound<A, R, M>>,
    ) -> InstallError {
        let event = self.name.into();
        match disorder {
            Disorder::Missing(anchor) if default.is_some_and(|default| default.shared.id == anchor) => {
                InstallError::AnchorIsDefault { event, anchor }
            }
            Disorder::Missing(anchor) => InstallError::AnchorGone { event, anchor },
            Disorder::Cycle(mut cycle) => {
                cycle.insert(0, newcomer);
                InstallError::Cycle { event, cycle }
            }
        }
    }

    /// Has raises see `bindings`. What comes back holds rows that may be gone: to be dropped after the lock.
    fn publish(&self, bindings: &mut Bindings<A, R, M>) -> Stretches<A, R, M> {
        let (table, stretches) = Table::build(&bindings.rows, bindings.default.as_ref(), &bindings.stretches);
        if bindings.rows.is_empty() && bindings.default.is_none() {
            // An event that lies in an unloaded domain is not dropped, so an empty one must own no table.
            self.table.reset();
        } else {
            self.table.replace(Box::new(table));
        }
        core::mem::replace(&mut bindings.stretches, stretches)
    }

    /// Takes off every binding that `is_going`, in one step, and says how many there were.
    fn take_off(&self, is_going: impl Fn(&Bound<A, R, M>) -> bool) -> usize {
        let mut bindings = self.bindings.lock();
        let mut gone: Vec<_> = bindings.rows.extract_if(.., |bound| is_going(bound)).collect();
        gone.extend(bindings.default.take_if(|bound| is_going(bound)));
        let old = if gone.is_empty() { Stretches::new() } else { self.publish(&mut bindings) };
        // What a binding holds may be dropped with it: code of its installer, which must not run under our lock.
        drop(bindings);
        drop(old);
        gone.iter().for_each(|bound| bound.shared.detach());
        gone.len()
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Registered for Event<A, R, M> {
    fn info(&self) -> EventInfo {
        let bindings = self.bindings.lock();
        let of = |bound: &Arc<Bound<A, R, M>>, is_default| BindingInfo {
            id: bound.shared.id,
            code: bound.code,
            has_guard: bound.row.has_guard(),
            is_default,
        };
        let handlers = bindings.rows.iter().map(|bound| of(bound, false));
        let default = bindings.default.iter().map(|bound| of(bound, true));
        EventInfo {
            name: self.name.into(),
            arguments: type_name::<A>().into(),
            result: type_name::<R>().into(),
            merge: type_name::<M>().into(),
            address: self.address(),
            code: self.code(),
            bindings: handlers.chain(default).collect(),
        }
    }

    fn name(&self) -> &str {
        self.name
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    fn code(&self) -> usize {
        self.register as *const () as usize
    }

    fn remove(&self, id: BindingId) -> bool {
        self.take_off(|bound| bound.shared.id == id) > 0
    }

    fn remove_by_code(&self, code: &Range<usize>) -> usize {
        self.take_off(|bound| code.contains(&bound.code))
    }

    fn withdraw(&self) {
        self.bindings.lock().life = Life::Withdrawn;
        self.take_off(|_| true);
        // The memory this event lies in goes without its being dropped.
        drop(core::mem::take(&mut self.bindings.lock().rows));
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> fmt::Debug for Event<A, R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Event").field(&self.name).finish()
    }
}
