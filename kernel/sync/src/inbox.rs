//! What other cores fill and one core empties: many producers, one consumer, which may sleep.
//!
//! One word, `head`: nothing, a stack of slots (newest first), or the mark *asleep*. Producers push with
//! compare-and-swap (Treiber 1986). The consumer takes the whole stack with one swap and turns it over, so
//! each sender's messages come in the order they were sent. Nothing is ever half done: a producer that stops
//! anywhere holds up nobody, and one that interrupts another on the same core is no different from one on
//! another core.
//!
//! # Sleep
//!
//! With interrupts masked the consumer changes *nothing* to *asleep* ([`Consumer::try_sleep`]), which fails
//! when a message is there, and waits for an interrupt. The push that finds *asleep* replaces it, and is the
//! one that is told [`Wake::Yes`]: exactly one for each sleep, none lost, because both are changes of the
//! same word. The interrupt it sends then stays pending until the consumer waits. [`Consumer::awake`] takes
//! back a mark that nobody replaced.
//!
//! # What a damaged link does
//!
//! Links lie in the messages. One that does not lead to a slot ends its list ([`Slot::linked`]): what was sent before it is
//! lost, and so are its slots. The consumer goes on with what comes next.
//!
//! Knows nothing of interrupts or of what a message means. It is bounded by the [`Pool`](crate::Pool) its
//! envelopes come from.

use core::fmt;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use crate::envelope::{Envelope, Slot};
use crate::primitive::{AtomicBool, AtomicPtr, AtomicUsize, Ordering, const_unless_loom};

/// Whether the consumer has to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a consumer that sleeps is woken by nobody else"]
pub enum Wake {
    /// It is awake, or someone else has been told.
    No,
    /// It sleeps, and this push is the one to wake it.
    Yes,
}

/// The mark of a sleeping consumer: an address that no slot has, since slots are aligned to words.
const ASLEEP: usize = 1;

/// The list whose first slot is at `address`; without one, null.
#[inline(always)]
fn list<T>(address: usize) -> *mut Slot<T> {
    ptr::with_exposed_provenance_mut(address)
}

/// The shared end: anyone pushes.
pub struct Inbox<T: 'static> {
    // INVARIANT: 0, the mark, or the exposed address of the first slot of a list from `Envelope::into_slot`, which the
    // inbox owns and which ends with null. (A number and not a pointer: most of the time it is compared, and the
    // exchange of a pointer takes more instructions.)
    head: AtomicUsize,
    has_consumer: AtomicBool,
    /// Whether the consumer has a batch. Written by the consumer.
    has_rest: AtomicBool,
    _slots: PhantomData<AtomicPtr<Slot<T>>>,
}

impl<T: Send> Inbox<T> {
    const_unless_loom! {
        /// Makes an empty inbox whose consumer is awake.
        pub const fn new() -> Self {
            let (has_consumer, has_rest) = (AtomicBool::new(false), AtomicBool::new(false));
            Self { head: AtomicUsize::new(0), has_consumer, has_rest, _slots: PhantomData }
        }
    }

    /// Puts a message in, and says whether its consumer has to be woken.
    ///
    /// # Context
    ///
    /// Any core, interrupts included. Neither waits nor allocates.
    #[inline]
    pub fn push(&self, envelope: Envelope<T>) -> Wake {
        let slot = envelope.into_slot();
        // SAFETY: slots live for ever.
        let next = &unsafe { slot.as_ref() }.next;
        loop {
            // Relaxed: a guess, which the exchange checks.
            let head = self.head.load(Ordering::Relaxed);
            // Without the mark, so that a list ends with null. Relaxed: published by the exchange.
            next.store(list(head & !ASLEEP), Ordering::Relaxed);
            // Release: the message and its link come before its being taken; a push on top goes on with the
            // release sequence of those beneath. No ABA: the list is only taken whole, so whatever has
            // happened to a head that looks the same meanwhile, linking to it is right.
            let address = slot.as_ptr().expose_provenance();
            if self.head.compare_exchange_weak(head, address, Ordering::Release, Ordering::Relaxed).is_ok() {
                return if head & ASLEEP == 0 { Wake::No } else { Wake::Yes };
            }
        }
    }

    /// Takes the mark of a sleeping consumer, who is to be woken for another reason than a message. Who has done something that the
    /// consumer looks for behind its mark needs an order of its own between the two.
    ///
    /// # Context
    ///
    /// As for [`push`](Self::push).
    #[inline]
    pub fn rouse(&self) -> Wake {
        // Relaxed: the mark carries no data.
        match self.head.compare_exchange(ASLEEP, 0, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => Wake::Yes,
            Err(_) => Wake::No,
        }
    }

    /// Whether the consumer sleeps. Stale at once.
    pub fn is_asleep(&self) -> bool {
        // Relaxed: the mark carries no data. Who decides by it orders it against what it decides.
        self.head.load(Ordering::Relaxed) == ASLEEP
    }

    /// Whether there is a message that was not popped. Stale at once, but for the consumer's own core.
    pub fn has_arrived(&self) -> bool {
        // Relaxed: nothing is read of what is there.
        self.head.load(Ordering::Relaxed) > ASLEEP || self.has_rest.load(Ordering::Relaxed)
    }

    /// The other end, unless someone has it.
    pub fn take_consumer(&'static self) -> Option<Consumer<T>> {
        // Acquire: what the consumer before us did comes before. Relaxed when there is one: nothing is
        // touched then.
        if self.has_consumer.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return None;
        }
        Some(Consumer { inbox: self, batch: ptr::null_mut() })
    }
}

impl<T> Drop for Inbox<T> {
    fn drop(&mut self) {
        // Acquire: the messages come before their drop.
        let head = self.head.swap(0, Ordering::Acquire);
        // SAFETY: taken whole, so ours.
        unsafe { discard(list::<T>(head & !ASLEEP)) };
    }
}

impl<T: Send> Default for Inbox<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Inbox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}

/// The one end that takes messages out.
pub struct Consumer<T: Send + 'static> {
    inbox: &'static Inbox<T>,
    // INVARIANT: a list of slots from `Envelope::into_slot` that this consumer owns, oldest first; ends with null.
    batch: *mut Slot<T>,
}

// SAFETY: owns the messages of its batch; the inbox is shared by design.
unsafe impl<T: Send> Send for Consumer<T> {}

impl<T: Send> Consumer<T> {
    /// Takes the next message out. Of one sender's, the one sent first.
    ///
    /// # Context
    ///
    /// Never waits.
    #[inline]
    pub fn pop(&mut self) -> Option<Envelope<T>> {
        if !self.batch.is_null() {
            return self.next_of_batch();
        }
        let slot = self.fetch()?;
        // SAFETY: came from `into_slot`, and is in no list any more.
        Some(unsafe { Envelope::from_slot(slot) })
    }

    /// Splits off the oldest of the batch. Where that is no message there is no batch any more: what was behind it is lost.
    #[inline(never)]
    fn next_of_batch(&mut self) -> Option<Envelope<T>> {
        let Some(slot) = Slot::linked(self.batch) else {
            self.keep(ptr::null_mut());
            return self.pop();
        };
        // SAFETY: in our batch. Relaxed: written by `turn_over`.
        self.keep(unsafe { slot.as_ref() }.next.load(Ordering::Relaxed));
        // SAFETY: came from `into_slot`, and is in no list any more.
        Some(unsafe { Envelope::from_slot(slot) })
    }

    /// The batch is `rest` from here on.
    #[inline]
    fn keep(&mut self, rest: *mut Slot<T>) {
        self.batch = rest;
        // Relaxed: carries no data.
        self.inbox.has_rest.store(!rest.is_null(), Ordering::Relaxed);
    }

    /// Takes what is there, and splits off the oldest; the rest becomes the batch, which was empty.
    #[inline]
    fn fetch(&mut self) -> Option<NonNull<Slot<T>>> {
        // Relaxed: what is there is acquired next.
        if self.inbox.head.load(Ordering::Relaxed) <= ASLEEP {
            return None;
        }
        // Acquire: messages and links come before our reading them.
        let newest = list(self.inbox.head.swap(0, Ordering::Acquire));
        // SAFETY: there was a list above, and only the consumer takes it away.
        let newest = unsafe { NonNull::<Slot<T>>::new_unchecked(newest) };
        // SAFETY: taken whole, so ours. Relaxed: acquired above.
        let older = unsafe { newest.as_ref() }.next.load(Ordering::Relaxed);
        Some(match older.is_null() {
            true => newest,
            false => self.turn_over(newest, older),
        })
    }

    /// Turns the list over that begins with `newest` and `older`, splits off the oldest and makes the rest the batch.
    /// It ends where a link was damaged: what is older is lost.
    // Apart, so that one that comes alone goes straight on.
    #[inline(never)]
    fn turn_over(&mut self, newest: NonNull<Slot<T>>, older: *mut Slot<T>) -> NonNull<Slot<T>> {
        let (mut newer, mut slot) = (ptr::null_mut(), newest);
        let mut next = Slot::linked(older);
        while let Some(older) = next {
            // SAFETY: in the list, which was taken whole, so ours. Relaxed: ours.
            unsafe { slot.as_ref() }.next.store(newer, Ordering::Relaxed);
            newer = slot.as_ptr();
            slot = older;
            // SAFETY: as above. Relaxed: acquired by `fetch`.
            next = Slot::linked(unsafe { slot.as_ref() }.next.load(Ordering::Relaxed));
        }
        // Where the list has ended before its end, the last still has the link that led nowhere: nobody reads it.
        self.keep(newer);
        slot
    }

    /// Marks the consumer as asleep, unless a message is there. Then the next push is told to wake it.
    ///
    /// # Context
    ///
    /// With interrupts masked from here until the core waits for one; else the wake-up can come, and be
    /// handled, before the wait.
    pub fn try_sleep(&mut self) -> bool {
        // Relaxed: the mark carries no data. Order with the wait is by the interrupt, which comes after the
        // push that saw the mark.
        self.batch.is_null()
            && self.inbox.head.compare_exchange(0, ASLEEP, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Takes the mark back, and says whether a push has replaced it (which was told to wake this consumer,
    /// now or soon).
    pub fn awake(&mut self) -> bool {
        // Relaxed: the mark carries no data; a failure means that a push replaced it, and `pop` acquires
        // that.
        self.inbox.head.compare_exchange(ASLEEP, 0, Ordering::Relaxed, Ordering::Relaxed).is_err()
    }
}

impl<T: Send> Drop for Consumer<T> {
    fn drop(&mut self) {
        self.awake();
        // SAFETY: our batch.
        unsafe { discard(self.batch) };
        self.keep(ptr::null_mut());
        // Release: pairs with the acquire of who takes it next.
        self.inbox.has_consumer.store(false, Ordering::Release);
    }
}

impl<T: Send> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").finish_non_exhaustive()
    }
}

/// Drops every message of a list.
///
/// # Safety
///
/// The slots came from `Envelope::into_slot`, the list ends with null, and the caller owns them and gives them up.
unsafe fn discard<T>(mut list: *mut Slot<T>) {
    while let Some(slot) = Slot::linked(list) {
        // SAFETY: slots live for ever. Relaxed: acquired by the caller, or its own.
        list = unsafe { slot.as_ref() }.next.load(Ordering::Relaxed);
        // SAFETY: by the caller's promise.
        drop(unsafe { Envelope::from_slot(slot) });
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
