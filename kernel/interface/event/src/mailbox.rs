//! Mailboxes: the inbox of each core, and the slots that posts travel in. What the kernel's run loops empty.
//!
//! A post takes a slot of the sending core's own set and pushes it into the inbox of the receiving core, where
//! running it sends the slot home. So what a core has on its way is bounded, wherever it goes, and no core can fill another's
//! inbox for a third. Some slots are left to the kernel: what an interrupt has to say still finds one when extensions
//! have used up theirs.
//!
//! This module does not know how a sleeping core is woken; the kernel says so once ([`set_wake`]).

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

use spindle_sync::this_core::IrqsMasked;
use spindle_sync::{
    Authority, Consumer, Envelope, Inbox, MAX_CORES, Once, Parcel, Pool, Surplus, Vacancy, Wake,
};

use crate::cores::CoreId;
use crate::own_slots;
use crate::post::PostError;
use crate::posted::Posted;
use crate::watch;

/// How many slots of each core only the kernel may use.
pub const KERNEL_SLOTS: usize = 16;

/// What posts travel in. A domain with slots of its own ([`own_slots`]) is linked to those in the place of these.
static SLOTS: Pool<Parcel> = Pool::new();
static MAILBOXES: [Mailbox; MAX_CORES] = [const { Mailbox::new() }; MAX_CORES];
static WAKE: Once<fn(CoreId)> = Once::INIT;
/// What any core may take that has nothing else to do.
static SURPLUS: Surplus<Parcel> = Surplus::new();

/// One core's. Aligned so that its address is found by a shift.
#[repr(align(32))]
struct Mailbox {
    inbox: Inbox<Parcel>,
    is_open: AtomicBool,
}

impl Mailbox {
    const fn new() -> Self {
        Self { inbox: Inbox::new(), is_open: AtomicBool::new(false) }
    }

    #[inline(always)]
    fn of(core: CoreId) -> &'static Self {
        // The remainder changes nothing: a `CoreId` is below it. It spares the check of the index.
        &MAILBOXES[core.index() % MAX_CORES]
    }
}

/// The receiving end of a core's inbox. Its run loop holds it.
pub struct Arrivals {
    core: CoreId,
    consumer: Consumer<Parcel>,
}

impl Arrivals {
    /// The core this is the inbox of.
    pub fn core(&self) -> CoreId {
        self.core
    }

    /// Takes out what arrived next; of one sender's, what it sent first. [`run`] runs it.
    #[inline]
    pub fn pop(&mut self) -> Option<Envelope<Parcel>> {
        self.consumer.pop()
    }

    /// Marks the core as asleep, unless something has arrived; the next post then wakes it. See
    /// [`Consumer::try_sleep`]: interrupts are masked from here until the core waits.
    #[inline]
    pub fn try_sleep(&mut self) -> bool {
        self.consumer.try_sleep()
    }

    /// Takes the mark back; whether somebody had taken it, since something has arrived.
    #[inline]
    pub fn awake(&mut self) -> bool {
        self.consumer.awake()
    }
}

impl fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Arrivals").field(&self.core).finish()
    }
}

/// Runs what arrived, and counts it where code of its kind is watched.
#[inline]
pub fn run(arrived: Envelope<Parcel>) {
    if watch::is_on() { run_watched(arrived) } else { arrived.run() }
}

/// Where the code lies that runs a parcel and counts it: what it does afterwards is to be done also when the parcel is given up.
pub fn runner(_: &Authority) -> usize {
    run_watched as *const () as usize
}

#[cold]
#[inline(never)]
fn run_watched(arrived: Envelope<Parcel>) {
    let code = arrived.code();
    arrived.run();
    // Behind it: whoever asks after a later parcel of this core has run is told of this one and of all that it did.
    watch::note(code);
}

/// Why a mailbox was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyOpen {
    /// Whose it is.
    pub core: CoreId,
}

impl fmt::Display for AlreadyOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the mailbox of core {} is open already", self.core)
    }
}

impl core::error::Error for AlreadyOpen {}

/// Opens the mailbox of `core` with `slots` slots for what this core sends, [`KERNEL_SLOTS`] of them for the kernel
/// alone. From here on the core takes posts.
///
/// # Errors
/// [`AlreadyOpen`] while the receiving end of that core exists.
///
/// # Context
/// Any core, not in interrupt context. Allocates.
pub fn open(_: &Authority, core: CoreId, slots: usize) -> Result<Arrivals, AlreadyOpen> {
    let mailbox = Mailbox::of(core);
    let consumer = mailbox.inbox.take_consumer().ok_or(AlreadyOpen { core })?;
    SLOTS.open(core.index(), slots.saturating_sub(KERNEL_SLOTS));
    SLOTS.open_reserve(core.index(), slots.min(KERNEL_SLOTS));
    // Relaxed: see `is_open`.
    mailbox.is_open.store(true, Ordering::Relaxed);
    Ok(Arrivals { core, consumer })
}

/// Says how a sleeping core is woken. The first call counts.
pub fn set_wake(_: &Authority, wake: fn(CoreId)) {
    WAKE.call_once(|| wake);
}

/// Puts `parcel` into the inbox of `core`, in a slot of the kernel's.
///
/// # Errors
/// Gives `parcel` back when this core has no slot left or `core` is not open.
///
/// # Context
/// Any, interrupts included. Neither waits nor allocates.
pub fn post_parcel(_: &Authority, core: CoreId, parcel: Parcel) -> Result<(), PostError<Parcel>> {
    send(core, Pool::urgent_vacancy, parcel, |parcel| parcel).map(|_| ())
}

/// Puts `parcel` where whichever core has nothing else to do takes it, and wakes one that sleeps.
///
/// # Errors
/// Gives `parcel` back when this core has no slot left.
#[inline(always)]
pub(crate) fn send_to_any(parcel: Parcel) -> Result<(), Parcel> {
    // Not apart: a slot of whoever sends.
    put_surplus(parcel, SLOTS.vacancy())
}

/// As a post that no core is named for, in a slot of the kernel's: it comes behind all that was put there before.
///
/// # Errors
/// Gives `parcel` back when this core has no slot left.
///
/// # Context
/// As for [`post_parcel`].
pub fn post_surplus(_: &Authority, parcel: Parcel) -> Result<(), Parcel> {
    put_surplus(parcel, SLOTS.urgent_vacancy())
}

fn put_surplus(parcel: Parcel, vacancy: Option<Vacancy<Parcel>>) -> Result<(), Parcel> {
    let Some(vacancy) = vacancy else { return Err(parcel) };
    SURPLUS.push(vacancy.seal(parcel));
    // Behind the push: see `Surplus`.
    if let Some(core) = crate::cores::online().find(|core| core.is_asleep()) {
        wake(core);
    }
    Ok(())
}

/// Takes out what was put there for whichever core has nothing else to do.
///
/// # Context
/// The run loop.
pub fn take_surplus(_: &Authority) -> Option<Envelope<Parcel>> {
    SURPLUS.pop()
}

/// Whether something is there for whichever core has nothing else to do. Asked once more by a core that has marked itself
/// as asleep.
#[inline]
pub fn is_any_surplus(_: &Authority) -> bool {
    SURPLUS.is_any()
}

/// Whether something has come for `core` since it has last looked. Stale at once.
///
/// # Context
/// Any.
pub fn has_arrived(_: &Authority, core: CoreId) -> bool {
    Mailbox::of(core).inbox.has_arrived()
}

/// Wakes `core` if it has marked itself as asleep, without a message.
///
/// # Context
/// Any. Takes no lock.
#[inline]
pub fn rouse(_: &Authority, core: CoreId) {
    if Mailbox::of(core).inbox.rouse() == Wake::Yes
        && let Some(wake) = WAKE.get()
    {
        wake(core);
    }
}

pub(crate) fn is_asleep(core: CoreId) -> bool {
    Mailbox::of(core).inbox.is_asleep()
}

pub(crate) fn is_open(core: CoreId) -> bool {
    // Relaxed: slots and inboxes bring their own order; this only says that somebody will look.
    Mailbox::of(core).is_open.load(Ordering::Relaxed)
}

/// Takes a slot of this core's by `vacancy`, fills it with what `pack` makes of `event` and pushes it.
#[inline(always)]
pub(crate) fn send<E>(
    core: CoreId,
    vacancy: impl FnOnce(&Pool<Parcel>) -> Option<Vacancy<Parcel>>,
    event: E,
    pack: impl FnOnce(E) -> Parcel,
) -> Result<Posted, PostError<E>> {
    let mailbox = Mailbox::of(core);
    if !mailbox.is_open.load(Ordering::Relaxed) {
        return Err(PostError::Offline { core, event });
    }
    // This is compiled into whoever posts, who could be given up by a timer in the middle of it: a slot would be lost, or a
    // core that nobody wakes any more. Not while interrupts are masked.
    let _masked = IrqsMasked::enter();
    let Some(vacancy) = vacancy(&SLOTS) else {
        return Err(full(core, event));
    };
    let envelope = vacancy.seal(pack(event));
    let posted = Posted::new(envelope.delivery(), core);
    if mailbox.inbox.push(envelope) == Wake::Yes {
        wake(core);
    }
    Ok(posted)
}

/// Says that no slot is left. Compiled beside what takes one, whose slots it asks about.
#[cold]
fn full<E>(core: CoreId, event: E) -> PostError<E> {
    match own_slots::refuse(&SLOTS) {
        None => PostError::Full { core, event },
        Some(limit) => PostError::OverQuota { core, limit, event },
    }
}

#[cold]
fn wake(core: CoreId) {
    if let Some(wake) = WAKE.get() {
        wake(core);
    }
}
