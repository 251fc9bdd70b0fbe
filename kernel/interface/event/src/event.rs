//! Event: declare, install, raise.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::hint::black_box;

use spindle_sync::{GRACE, Lock, Snapshot};

use crate::ask::{Ask, Conditions, Verdict};
use crate::binding::Binding;
use crate::bindings::Bindings;
use crate::book::Life;
use crate::bound::{Bound, Carry, Imposed};
use crate::dispatch::{Shape, Table};
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
use crate::registry::{self, BindingInfo, Registered};

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
    table: Snapshot<Table<A, R, M>>,
    name: &'static str,
    owner: &'static Owner,
    keys: &'static [&'static Key<A>],
    limits: Limits,
    policy: Policy<A>,
    /// Where all handlers run that do not say it themselves, if later.
    later: Option<(Placement, Carry<A, R, M>)>,
    when_full: WhenFull,
    /// Lock order: the registry's list may be locked while this is held.
    bindings: Lock<Bindings<A, R, M>>,
    /// Lists the event. Goes by way of a pointer that is set where the event is declared, so that the vtable the
    /// registry keeps lies in the code of the declaring crate and not in that of whoever installs first.
    register: fn(&'static Self) -> &'static dyn Registered,
    /// As `register`: tables are built by code of the declaring crate.
    admit: Admit<A, R, M>,
}

type Admit<A, R, M> = fn(&'static Event<A, R, M>, Asked<A, R, M>) -> Result<(), InstallError>;

/// Who may install, as the declaration says.
enum Policy<A: ?Sized + 'static> {
    OwnerOnly,
    Anyone,
    Ask(fn(&Ask<'_>) -> Verdict<A>),
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Event<A, R, M> {
    const EMPTY: &'static Table<A, R, M> = &Table::EMPTY;

    /// An event without handlers, to which only its owner binds any.
    pub const fn new(name: &'static str, owner: &'static Owner) -> Self {
        Self {
            table: Snapshot::new(&GRACE, Self::EMPTY),
            name,
            owner,
            keys: &[],
            limits: Limits::DEFAULT,
            policy: Policy::OwnerOnly,
            later: None,
            when_full: WhenFull::Refuse,
            bindings: Lock::new(Bindings::new()),
            register: Self::register_here,
            admit: Self::admit_here,
        }
    }

    /// The same, for everybody to install handlers.
    #[must_use]
    pub const fn open_to_all(mut self) -> Self {
        self.policy = Policy::Anyone;
        self
    }

    /// The same, for whom `authorizer` says. One that is known only later: [`Owned::authorize`].
    #[must_use]
    pub const fn authorized_by(mut self, authorizer: fn(&Ask<'_>) -> Verdict<A>) -> Self {
        self.policy = Policy::Ask(authorizer);
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
        self.limits = limits;
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
        registry::bindings(self)
    }

    /// Lists the event although nothing is bound to it yet.
    pub fn declare(&'static self) {
        (self.register)(self);
    }

    pub(crate) fn registered(&'static self) -> &'static dyn Registered {
        (self.register)(self)
    }

    pub(crate) fn admit(&'static self, asked: Asked<A, R, M>) -> Result<(), InstallError> {
        (self.admit)(self, asked)
    }

    #[inline(always)]
    pub(crate) fn full(&self) -> WhenFull {
        self.when_full
    }

    pub(crate) fn snapshot(&self) -> &Snapshot<Table<A, R, M>> {
        &self.table
    }

    pub(crate) fn locked(&self) -> &Lock<Bindings<A, R, M>> {
        &self.bindings
    }

    pub(crate) fn code_of_declaration(&self) -> usize {
        self.register as *const () as usize
    }

    pub(crate) fn its_limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn keys(&self) -> &'static [&'static Key<A>] {
        self.keys
    }

    fn register_here(&'static self) -> &'static dyn Registered {
        let life = &mut self.bindings.lock().book.life;
        if *life == Life::Unlisted {
            *life = Life::Listed;
            registry::enter(self);
        }
        self
    }

    fn admit_here(&'static self, mut asked: Asked<A, R, M>) -> Result<(), InstallError> {
        let is_ours = |key: &Key<A>| self.keys.iter().any(|ours| core::ptr::eq(*ours, key));
        if let Some((key, _)) = asked.keys.iter().find(|(key, _)| !is_ours(key)) {
            return Err(InstallError::UnknownKey { event: self.name.into(), key: key.name() });
        }
        if let Some((placement, send)) = self.later
            && asked.record.placement.is_none()
            && asked.record.kind == Kind::Handler
        {
            (asked.record.placement, asked.send) = (Some(placement), Some(send));
        }
        let mut imposed = Vec::new();
        if !asked.as_owner {
            self.authorize(&mut asked, &mut imposed)?;
        }
        let Asked { mut record, action, keys, send, at_once, .. } = asked;
        // The table is made with the lock held, where a heap gives more than it may rather than fail. So it is asked before.
        if Vec::<u8>::new().try_reserve(TABLE_ROOM).map(black_box).is_err() {
            return Err(InstallError::NoRoom { event: self.name.into() });
        }
        let mut bindings = self.bindings.lock();
        bindings.book.has_room(record.code, registry::whose(self), &self.limits)?;
        record.slot = bindings.slot();
        record.trace.clone_from(&bindings.book.trace);
        let record = Arc::new(record);
        bindings.fill(Bound { record: record.clone(), action, keys, imposed, send }, !self.keys.is_empty());
        let outcome = bindings.book.admit(record.clone(), at_once, registry::whose(self));
        let refused = match outcome {
            Ok(is_installed) => {
                if is_installed {
                    self.publish(&mut bindings);
                }
                None
            }
            Err(_) => bindings.give_back(record.slot),
        };
        // Only now may what is refused be dropped.
        drop(bindings);
        drop(refused);
        outcome.map(|_| ())
    }

    /// Asks on behalf of a stranger, and puts the binding under what is answered.
    fn authorize(
        &self,
        asked: &mut Asked<A, R, M>,
        imposed: &mut Vec<Imposed<A>>,
    ) -> Result<(), InstallError> {
        let not_authorized = || Err(InstallError::NotAuthorized { event: self.name.into() });
        // Only the owner says what runs when nobody does.
        if asked.record.is_default() {
            return not_authorized();
        }
        let authorizer = self.bindings.lock().authorizer.clone();
        let ask = Ask::about(&asked.record, asked.offered.as_deref());
        let verdict = match (authorizer, &self.policy) {
            (Some((_, authorizer)), _) => authorizer(&ask),
            (None, Policy::Ask(authorizer)) => authorizer(&ask),
            (None, Policy::Anyone) => Verdict::Accept,
            (None, Policy::OwnerOnly) => return not_authorized(),
        };
        let record = &mut asked.record;
        record.budget = self.limits.grant(record.budget);
        match verdict {
            Verdict::Refuse(reason) => Err(InstallError::Refused { event: self.name.into(), reason }),
            Verdict::Accept => Ok(()),
            Verdict::On(conditions) => {
                let Conditions { guards, terms } = conditions;
                let name = |(code, guard)| Imposed { name: owned::next_name(), code, guard };
                imposed.extend(guards.into_iter().map(name));
                terms.apply(record, imposed.iter().map(|imposed| imposed.code).collect(), self.name)
            }
        }
    }

    /// Has raises see `bindings`, under their lock.
    pub(crate) fn publish(&self, bindings: &mut Bindings<A, R, M>) {
        bindings.book.settle_arrivals();
        match bindings.table(&self.shape()) {
            Some(table) => self.table.replace(table),
            // An event that lies in an unloaded domain is not dropped, so an empty one must own no table.
            None => self.table.reset(),
        }
        bindings.book.settle();
    }

    pub(crate) fn shape(&self) -> Shape<A> {
        Shape { keys: self.keys, guard_ticks: self.limits.guard.ticks() }
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
        self.later = Some((placement, proposal::send::<A, (), Each>));
        self
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> fmt::Debug for Event<A, R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Event").field(&self.name).finish()
    }
}
