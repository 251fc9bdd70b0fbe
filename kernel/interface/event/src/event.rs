//! Event: declare, install, raise.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::{Any, type_name};
use core::fmt;
use core::hint::black_box;
use core::sync::atomic::{AtomicU8, Ordering};

use spindle_sync::{Front, GRACE, kept};

use crate::ask::{Ask, Conditions, Verdict};
use crate::binding::Binding;
use crate::bound::{Bound, Carry, Imposed};
use crate::desk::{Declaration, Desk, Typed, Types};
use crate::dispatch::Table;
use crate::full::WhenFull;
use crate::guard::Always;
use crate::install_error::InstallError;
use crate::key::Key;
use crate::keyed::MAX_KEYS;
use crate::limits::Limits;
use crate::merge::{Each, Merge};
use crate::owned::{self, Owned};
use crate::owner::{NotOwner, Owner};
use crate::placement::Placement;
use crate::proposal::{self, Asked, Proposal};
use crate::record::Kind;
use crate::registry::{self, BindingInfo};
use crate::side::Side;

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
    name: &'static str,
    owner: &'static Owner,
    declared: Declared<A, R, M>,
    when_full: WhenFull,
    /// Not zero once the event is withdrawn.
    withdrawn: AtomicU8,
    /// Makes the event's desk. Goes by way of a pointer that is set where the event is declared, so that the vtables and the
    /// code that the desk keeps lie in the declaring crate and not in that of whoever installs first.
    register: fn(&'static Self) -> Arc<Desk>,
}

/// What a declaration says that has the event's types in it. The desk has a copy, which counts.
pub(crate) struct Declared<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) keys: &'static [&'static Key<A>],
    pub(crate) limits: Limits,
    policy: Policy<A>,
    /// Where all handlers run that do not say it themselves, if later.
    later: Option<(Placement, Carry<A, R, M>)>,
}

impl<A: ?Sized, R, M: Merge<R>> Clone for Declared<A, R, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: ?Sized, R, M: Merge<R>> Copy for Declared<A, R, M> {}

/// Who may install, as the declaration says.
enum Policy<A: ?Sized + 'static> {
    OwnerOnly,
    Anyone,
    Ask(fn(&Ask<'_>) -> Verdict<A>),
}

impl<A: ?Sized> Clone for Policy<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: ?Sized> Copy for Policy<A> {}

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
            name,
            owner,
            declared: Declared { keys: &[], limits: Limits::DEFAULT, policy: Policy::OwnerOnly, later: None },
            when_full: WhenFull::Refuse,
            withdrawn: AtomicU8::new(0),
            register: Self::register_here,
        }
    }

    /// The same, for everybody to install handlers.
    #[must_use]
    pub const fn open_to_all(mut self) -> Self {
        self.declared.policy = Policy::Anyone;
        self
    }

    /// The same, for whom `authorizer` says. One that is known only later: [`Owned::authorize`].
    #[must_use]
    pub const fn authorized_by(mut self, authorizer: fn(&Ask<'_>) -> Verdict<A>) -> Self {
        self.declared.policy = Policy::Ask(authorizer);
        self
    }

    /// The same, with these keys by which handlers may be found.
    ///
    /// # Panics
    /// When the event is declared, if there are more than four.
    #[must_use]
    pub const fn with_keys(mut self, keys: &'static [&'static Key<A>]) -> Self {
        assert!(keys.len() <= MAX_KEYS, "an event has at most four keys");
        self.declared.keys = keys;
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
        self.name
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
        if self.owner.is(owner) { Ok(Owned::new(self)) } else { Err(NotOwner { event: self.name.into() }) }
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
        core::ptr::from_ref(self).addr()
    }

    #[inline(always)]
    pub(crate) fn full(&self) -> WhenFull {
        self.when_full
    }

    fn register_here(&'static self) -> Arc<Desk> {
        let register: fn(&'static Self) -> Arc<Desk> = Self::register_here;
        let declared = Declaration {
            name: self.name.into(),
            address: self.address(),
            code: register as *const () as usize,
            limits: self.declared.limits,
            types: Types {
                arguments: type_name::<A>(),
                result: type_name::<R>(),
                merge: type_name::<M>(),
                keys: self.declared.keys.iter().map(|key| key.name()).collect(),
            },
            admit: Self::admit_here,
        };
        // Relaxed: see where it is set.
        if self.withdrawn.load(Ordering::Relaxed) != 0 {
            return Desk::new(declared, None);
        }
        let side = Side::new(self.declared, self.table.back(), &self.withdrawn);
        registry::enter(Desk::new(declared, Some(kept(side))))
    }

    fn admit_here(desk: &Desk, asked: &mut dyn Any) -> Result<(), InstallError> {
        let asked = asked.downcast_mut::<Option<Asked<A, R, M>>>().and_then(Option::take);
        let found = desk.lock().typed().map(|(_, side)| side.declared);
        let Some((mut asked, declared)) = asked.zip(found) else { return Err(desk.withdrawn()) };
        let is_ours = |key: &Key<A>| declared.keys.iter().any(|ours| core::ptr::eq(*ours, key));
        if let Some((key, _)) = asked.keys.iter().find(|(key, _)| !is_ours(key)) {
            return Err(InstallError::UnknownKey { event: desk.name().into(), key: key.name() });
        }
        if let Some((placement, send)) = declared.later
            && asked.record.placement.is_none()
            && asked.record.kind == Kind::Handler
        {
            (asked.record.placement, asked.send) = (Some(placement), Some(send));
        }
        let mut imposed = Vec::new();
        if !asked.as_owner {
            Self::authorize(desk, &declared, &mut asked, &mut imposed)?;
        }
        let Asked { mut record, action, keys, send, at_once, .. } = asked;
        // The table is made with the lock held, where a heap gives more than it may rather than fail. So it is asked before.
        if Vec::<u8>::new().try_reserve(TABLE_ROOM).map(black_box).is_err() {
            return Err(InstallError::no_room(desk.name()));
        }
        let mut files = desk.lock();
        let (book, side) = files.typed::<A, R, M>().ok_or_else(|| desk.withdrawn())?;
        book.has_room(record.code, desk.whose(), &declared.limits)?;
        record.slot = side.slots.slot();
        record.trace.clone_from(&book.trace);
        let record = record.kept();
        side.slots
            .fill(Bound { record: record.clone(), action, keys, imposed, send }, !declared.keys.is_empty());
        let outcome = book.admit(record.clone(), at_once, desk.whose());
        let refused = match outcome {
            Ok(is_installed) => {
                if is_installed {
                    side.publish(book);
                }
                None
            }
            Err(_) => side.slots.give_back(record.slot),
        };
        // Only now may what is refused be dropped.
        drop(files);
        drop(refused);
        outcome.map(|_| ())
    }

    /// Asks on behalf of a stranger, and puts the binding under what is answered.
    fn authorize(
        desk: &Desk,
        declared: &Declared<A, R, M>,
        asked: &mut Asked<A, R, M>,
        imposed: &mut Vec<Imposed<A>>,
    ) -> Result<(), InstallError> {
        let not_authorized = || Err(InstallError::NotAuthorized { event: desk.name().into() });
        // Only the owner says what runs when nobody does.
        if asked.record.is_default() {
            return not_authorized();
        }
        let authorizer = desk.lock().typed::<A, R, M>().and_then(|(_, side)| side.authorizer.clone());
        let ask = Ask::about(&asked.record, asked.offered.as_deref());
        let verdict = match (authorizer, &declared.policy) {
            (Some((_, authorizer)), _) => authorizer(&ask),
            (None, Policy::Ask(authorizer)) => authorizer(&ask),
            (None, Policy::Anyone) => Verdict::Accept,
            (None, Policy::OwnerOnly) => return not_authorized(),
        };
        let record = &mut asked.record;
        record.budget = declared.limits.grant(record.budget);
        match verdict {
            Verdict::Refuse(reason) => Err(InstallError::Refused { event: desk.name().into(), reason }),
            Verdict::Accept => Ok(()),
            Verdict::On(conditions) => {
                let Conditions { guards, terms } = conditions;
                let name = |(code, guard)| Imposed { name: owned::next_name(), code, guard };
                imposed.extend(guards.into_iter().map(name));
                terms.apply(record, imposed.iter().map(|imposed| imposed.code).collect(), desk.name())
            }
        }
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
        self.declared.later = Some((placement, proposal::send::<A, (), Each>));
        self
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> fmt::Debug for Event<A, R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Event").field(&self.name).finish()
    }
}
