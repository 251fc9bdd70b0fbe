//! Event: declare, install, raise.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::type_name;
use core::fmt;
use core::hint::black_box;
use core::ptr;

use spindle_sync::{Front, GRACE, kept};

use crate::ask::{self, Ask, Judge, Policy, Verdict};
use crate::binding::Binding;
use crate::bound::Carry;
use crate::declared::{Declared, Here};
use crate::desk::Desk;
use crate::dispatch::Table;
use crate::full::WhenFull;
use crate::guard::Always;
use crate::install_error::InstallError;
use crate::key::Key;
use crate::keyed::MAX_KEYS;
use crate::limits::Limits;
use crate::maker::Maker;
use crate::merge::{Each, Merge};
use crate::owned::Owned;
use crate::owner::{NotOwner, Owner};
use crate::placement::Placement;
use crate::proposal::{self, Proposal};
use crate::registry::{self, BindingInfo};

/// How much there must be room for before a handler is installed, in bytes.
const TABLE_ROOM: usize = 4096;

/// A typed name that can be raised: arguments `A` by shared reference, results `R`, merged by `M`.
///
/// Declared as a `static`; whoever can name it can raise it. Who may install handlers is up to its [`Owner`].
///
/// ```
/// use spindle_event::{Event, Last, Owner};
///
/// static DOOR: Owner = Owner::new();
/// struct Intruder { door: &'static str }
/// static INTRUDER: Event<Intruder> = Event::new("intruder", &DOOR).open_to_all();
/// static PRICE: Event<u32, u32, Last> = Event::new("price", &DOOR);
/// ```
pub struct Event<A: ?Sized + 'static, R: 'static = (), M: Merge<R> = Each> {
    // First, so that a raise addresses it without an offset.
    table: Front<Table<A, R, M>>,
    declared: Declared,
    owner: &'static Owner,
    keys: &'static [&'static Key<A>],
    policy: Says<A>,
    /// How arguments get to where all handlers run that do not say it themselves, if later.
    send: Option<Carry<A, R, M>>,
    when_full: WhenFull,
    /// Makes the event's desk. Goes by way of a pointer that is set where the event is declared, so that the vtables and the
    /// code that the desk keeps lie in the declaring crate and not in that of whoever installs first.
    register: fn(&'static Self) -> Arc<Desk>,
}

type Authorizer<A> = fn(&Ask<'_>) -> Verdict<A>;

/// Who may install, as the declaration says.
enum Says<A: ?Sized + 'static> {
    OwnerOnly,
    Anyone,
    /// Whom this allows, and how it is asked where the arguments' type is not known.
    Ask(Authorizer<A>, fn(Authorizer<A>) -> Arc<dyn Judge>),
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Event<A, R, M> {
    const EMPTY: &'static Table<A, R, M> = &Table::EMPTY;

    /// An event without handlers, to which only its owner binds any.
    ///
    /// Arguments can be shared by cores, also where they never are: a handler can be given up between two instructions, and what
    /// it was writing to is the raiser's. A `Cell` would be half-written then; atomics and a `Mutex` stand it.
    ///
    /// ```compile_fail
    /// use core::cell::RefCell;
    /// use spindle_event::{Event, Owner};
    ///
    /// static OWNER: Owner = Owner::new();
    /// static GATHER: Event<RefCell<Vec<u32>>> = Event::new("gather", &OWNER);
    /// ```
    pub const fn new(name: &'static str, owner: &'static Owner) -> Self
    where
        A: Sync,
    {
        Self {
            table: Front::new(&GRACE, Self::EMPTY),
            declared: Declared::new(name),
            owner,
            keys: &[],
            policy: Says::OwnerOnly,
            send: None,
            when_full: WhenFull::Refuse,
            register: Self::register_here,
        }
    }

    /// The same, for everybody to install handlers.
    #[must_use]
    pub const fn open_to_all(mut self) -> Self {
        self.policy = Says::Anyone;
        self
    }

    /// The same, for whom `authorizer` says. One that is known only later: [`Owned::authorize`].
    #[must_use]
    pub const fn authorized_by(mut self, authorizer: fn(&Ask<'_>) -> Verdict<A>) -> Self {
        self.policy = Says::Ask(authorizer, ask::judge);
        self
    }

    /// The same, with these keys by which handlers may be found.
    ///
    /// # Panics
    /// When the event is declared, if there are more than four.
    #[must_use]
    pub const fn with_keys(mut self, keys: &'static [&'static Key<A>]) -> Self {
        assert!(keys.len() <= MAX_KEYS, "an event has at most four keys");
        self.keys = keys;
        self
    }

    /// The same, with these limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.declared.limits = limits;
        self
    }

    /// The same, with this to be done when a post finds no slot.
    #[must_use]
    pub const fn when_full(mut self, what: WhenFull) -> Self {
        self.when_full = what;
        self
    }

    /// The event's name.
    pub fn name(&self) -> &str {
        self.declared.name
    }

    /// Runs the handlers here and now, on this core, and merges their results.
    ///
    /// # Context
    /// Not in interrupt context. Takes no lock; allocates nothing unless the merge does, or a handler runs later.
    #[inline(always)]
    pub fn raise(&self, args: &A) -> M::Output {
        self.table.with(|table| table.entry.raise(args))
    }

    /// Installs `handler` behind the handlers that are there, but for those that asked to be [last](Proposal::last).
    ///
    /// # Errors
    /// [`InstallError`] when the event takes no (more) handlers, or none of strangers.
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
        Proposal::new(self, false)
    }

    /// The event as its owner has it.
    ///
    /// # Errors
    /// [`NotOwner`], if `owner` is not the one that it was declared with.
    pub fn owned(&'static self, owner: &Owner) -> Result<Owned<A, R, M>, NotOwner> {
        if self.owner.is(owner) {
            Ok(Owned::new(self))
        } else {
            Err(NotOwner { event: self.declared.name.into() })
        }
    }

    /// All bindings: in the order in which they run, then the default handler, then those that are not installed, and those
    /// that were uninstalled for what they did.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn bindings(&self) -> Vec<BindingInfo> {
        registry::bindings(self.address())
    }

    /// Lists the event although nothing is bound to it yet.
    pub fn declare(&'static self) {
        self.desk();
    }

    /// What the kernel has of it: found by where it lies, and made if there is none yet.
    pub(crate) fn desk(&'static self) -> Arc<Desk> {
        registry::find(self.address()).unwrap_or_else(|| (self.register)(self))
    }

    fn address(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    #[inline(always)]
    pub(crate) fn full(&self) -> WhenFull {
        self.when_full
    }

    fn register_here(&'static self) -> Arc<Desk> {
        let register: fn(&'static Self) -> Arc<Desk> = Self::register_here;
        let mut keys = [None; MAX_KEYS];
        for (place, key) in keys.iter_mut().zip(self.keys) {
            *place = Some((ptr::from_ref(*key).addr(), key.name()));
        }
        let maker = Maker { keys: self.keys, send: self.send, table: self.table.back() };
        self.declared.enter(Here {
            address: self.address(),
            code: register as *const () as usize,
            types: [type_name::<A>(), type_name::<R>(), type_name::<M>()],
            keys,
            policy: match self.policy {
                Says::OwnerOnly => Policy::OwnerOnly,
                Says::Anyone => Policy::Anyone,
                Says::Ask(authorizer, judge) => Policy::Ask(judge(authorizer)),
            },
            has_room: Self::has_room_here,
            typed: kept(maker),
        })
    }

    /// Whether the heap has room for a table, of whose domain this is compiled into.
    fn has_room_here() -> bool {
        let mut room = Vec::<u8>::new();
        let has_room = room.try_reserve(TABLE_ROOM).is_ok();
        // Else the compiler could leave out what nobody looks at.
        black_box(&room);
        has_room
    }
}

impl<A: Clone + Send + 'static> Event<A> {
    /// The same, with every handler running later, where `placement` says, if it does not say so itself. Only an event
    /// that gives its raiser nothing can be so, and only one whose arguments can go elsewhere.
    ///
    /// ```compile_fail
    /// use spindle_event::{Event, Last, Owner, Placement};
    ///
    /// static OWNER: Owner = Owner::new();
    /// static PRICE: Event<u8, u32, Last> = Event::new("price", &OWNER).asynchronous(Placement::Here);
    /// ```
    #[must_use]
    pub const fn asynchronous(mut self, placement: Placement) -> Self {
        self.declared.placement = Some(placement);
        self.send = Some(proposal::send::<A, (), Each>);
        self
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> fmt::Debug for Event<A, R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Event").field(&self.declared.name).finish()
    }
}
