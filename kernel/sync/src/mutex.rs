//! Mutex: a lock for what extensions share. The kernel knows who holds it, and opens it when the holder is given up.
//!
//! The value is lent to a closure ([`Mutex::with`]). There is no guard that could be kept, moved or forgotten: the lock is held for
//! exactly as long as the closure's call stands on the stack of a core. So where a call stood says whether it is over, and
//! whoever gives calls up ([`Holders::release_below`]) needs to touch no lock: it crosses out the *ticket* under which the
//! lock is held. A ticket is never used twice. The next taker finds the ticket crossed out and is told.
//!
//! # What the next taker may do
//!
//! Whoever is ended leaves the value *poisoned* ([`LockError::Poisoned`]). It was ended between two instructions, so a list may point to
//! memory that it has just given back. A panic is no better: code of the core library is compiled without cleaning up, and a
//! sort whose comparison panics leaves one element twice. So nobody looks at the value again, not even to drop it.
//! [`Mutex::renew`] puts another one in its place. It is the crossed-out ticket in the lock's word that says so, and only a
//! renewal takes that out.
//!
//! Interrupts stay as they are, so a holder can be ended at any instruction. What waits does so in a turn of its core:
//! a circle of waiting cores is found and refused, as is the lock that the own core holds already.
//!
//! # Orders
//!
//! A taker's exchange of the word is an acquire. It meets the release with which the last holder has opened the lock, or, where
//! that was given up, the release with which its ticket was crossed out, which the taker has read with acquire before.
//! So whatever the last holder wrote comes before what the taker reads.
//!
//! Does not know domains. Source of the idea of a lock that outlives its holder: robust mutexes, POSIX.1-2008
//! `pthread_mutexattr_setrobust`.

mod holders;
mod ticket;

use core::fmt;
use core::mem::ManuallyDrop;

use crate::primitive::{AtomicU64, Ordering, UnsafeCell, const_unless_loom};

#[cfg(not(loom))]
pub use holders::HOLDERS;
pub use holders::Holders;
use ticket::Ticket;

/// The calls of this core that stand below `stack` are given up: what they hold is open, and poisoned.
pub(crate) fn release_below(stack: usize) {
    #[cfg(not(loom))]
    HOLDERS.release_below(stack);
    #[cfg(loom)]
    let _ = stack;
}

/// Why a [`Mutex`] was not taken. The value is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockError {
    /// Who held it last was ended in the middle: the value can't be used any more. [`Mutex::renew`] puts another in its place.
    Poisoned,
    /// This core holds it already, in a call that waits for this one.
    SameCore,
    /// Another core holds it, and was not to be waited for.
    Held {
        /// Which one.
        core: usize,
    },
    /// The core that holds it waits itself, directly or by way of others, for one that this core holds.
    Circle {
        /// Who holds it.
        core: usize,
    },
    /// This core holds as many as it can.
    TooMany {
        /// So many.
        most: usize,
    },
    /// The handler that waits has used up its budget, and is ended as soon as it is returned to.
    OutOfTime,
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poisoned => f.write_str("who held the lock last was ended in the middle"),
            Self::Held { core } => write!(f, "core {core} holds the lock"),
            Self::SameCore => f.write_str("this core holds the lock already"),
            Self::Circle { core } => write!(f, "core {core} holds the lock, and waits for this one"),
            Self::TooMany { most } => write!(f, "this core holds {most} locks already"),
            Self::OutOfTime => f.write_str("the handler that waits for the lock has used up its budget"),
        }
    }
}

impl core::error::Error for LockError {}

/// A value that one call at a time can get at. If nobody `WAITS`, who finds it held is told so at once ([`LockError::Held`]).
pub struct Mutex<T, const WAITS: bool = true> {
    /// A ticket, or none. One that is crossed out stays until the value is renewed.
    word: AtomicU64,
    holders: &'static Holders,
    // INVARIANT: a `T`, unless the word has a ticket.
    value: UnsafeCell<ManuallyDrop<T>>,
}

// SAFETY: the value is reached by one core at a time, which may drop or move it out as if it had been sent there.
unsafe impl<T: Send, const WAITS: bool> Sync for Mutex<T, WAITS> {}
// SAFETY: nothing but the value belongs to it.
unsafe impl<T: Send, const WAITS: bool> Send for Mutex<T, WAITS> {}

impl<T> Mutex<T> {
    /// Makes an open one around `value`.
    #[cfg(not(loom))]
    pub const fn new(value: T) -> Self {
        Self::around(value, &HOLDERS)
    }

    /// One whose holders are noted there.
    #[cfg(loom)]
    pub fn new_in(value: T, holders: &'static Holders) -> Self {
        Self::around(value, holders)
    }
}

impl<T> Mutex<T, false> {
    /// Makes an open one around `value`, for which nobody waits.
    #[cfg(not(loom))]
    pub const fn without_waiting(value: T) -> Self {
        Self::around(value, &HOLDERS)
    }
}

impl<T, const WAITS: bool> Mutex<T, WAITS> {
    const_unless_loom! {
        const fn around(value: T, holders: &'static Holders) -> Self {
            Self { word: AtomicU64::new(0), holders, value: UnsafeCell::new(ManuallyDrop::new(value)) }
        }
    }

    /// Waits until nobody holds it, and runs `work` on the value.
    ///
    /// # Errors
    /// [`LockError`]; `work` was not run.
    ///
    /// # Context
    /// Not in interrupt context. This core runs nothing else while it waits. `work` can be sent to another core, so it can't have
    /// the means by which a strand blocks: nobody waits for a lock whose holder sleeps.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R + Send) -> Result<R, LockError> {
        self.hold(Wanted::Sound, |value, _| {
            // SAFETY: this call alone has the value, and it is not poisoned: nobody is given one that is but who renews it.
            work(unsafe { &mut *value })
        })
    }

    /// Puts `value` in the place of the one that is there, whatever has become of that. Gives it back, unless it is poisoned: then it is
    /// forgotten, and what it has on a heap comes back when the domain ends that allocated it.
    ///
    /// # Errors
    /// [`LockError`], but not [`LockError::Poisoned`].
    ///
    /// # Context
    /// As for [`with`](Self::with).
    pub fn renew(&self, value: T) -> Result<Option<T>, LockError> {
        self.hold(Wanted::Any, |place, is_poisoned| {
            let place = place.cast::<T>();
            // SAFETY: this call alone has the value, which is a `T` if it is not poisoned. It is written over before anybody looks.
            let old = (!is_poisoned).then(|| unsafe { place.read() });
            // SAFETY: as above.
            unsafe { place.write(value) };
            old
        })
    }

    /// Gives back the value; none if it is poisoned.
    #[cfg(not(loom))]
    pub fn into_inner(self) -> Option<T> {
        let this = ManuallyDrop::new(self);
        if this.is_poisoned_for_good() {
            return None;
        }
        // SAFETY: not poisoned, so a `T`, which is not dropped with the lock.
        Some(this.value.with(|value| unsafe { value.cast::<T>().read() }))
    }

    /// Whether the value is poisoned, for whoever has it alone: a ticket is that of a call that is over.
    fn is_poisoned_for_good(&self) -> bool {
        // Relaxed: nobody else has it.
        Ticket::of_word(self.word.load(Ordering::Relaxed)).is_some()
    }

    /// Runs `work` with the place of the value, and whether that is poisoned.
    fn hold<R>(
        &self,
        wanted: Wanted,
        work: impl FnOnce(*mut ManuallyDrop<T>, bool) -> R,
    ) -> Result<R, LockError> {
        // Lies in the frame of this call: whoever is given up with it is found by that.
        let mut hold = Hold { holders: self.holders, ticket: None };
        let place = (&raw const hold).addr();
        let (ticket, is_poisoned) = self.holders.take(&self.word, place, Taking { wanted, waits: WAITS })?;
        hold.ticket = Some(ticket);
        let given = self.value.with_mut(|value| work(value, is_poisoned));
        if let Some(ticket) = hold.ticket.take() {
            self.holders.open(&self.word, ticket);
        }
        Ok(given)
    }

    /// Runs `work` on the value, and is given up there: what the kernel does to a holder.
    ///
    /// # Errors
    /// As for [`with`](Self::with).
    #[cfg(not(target_os = "none"))]
    pub fn with_and_be_given_up(&self, work: impl FnOnce(&mut T)) -> Result<(), LockError> {
        let place = 0_u64;
        let place = (&raw const place).addr();
        self.holders.take(&self.word, place, Taking { wanted: Wanted::Sound, waits: WAITS })?;
        self.value.with_mut(|value| {
            // SAFETY: as in `with`.
            work(unsafe { &mut *value });
        });
        self.holders.release_below(place + 1);
        Ok(())
    }
}

impl<T, const WAITS: bool> Drop for Mutex<T, WAITS> {
    fn drop(&mut self) {
        if !self.is_poisoned_for_good() {
            self.value.with_mut(|value| {
                // SAFETY: not poisoned, so a `T`, and nobody else has it any more.
                unsafe { value.cast::<T>().drop_in_place() }
            });
        }
    }
}

impl<T, const WAITS: bool> fmt::Debug for Mutex<T, WAITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").finish_non_exhaustive()
    }
}

/// What a taker wants.
#[derive(Clone, Copy, Debug)]
struct Taking {
    wanted: Wanted,
    /// Whether takers wait for who has the lock.
    waits: bool,
}

/// What a value may have come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// Not poisoned.
    Sound,
    /// Poisoned or not.
    Any,
}

/// A call that holds a lock. Dropped with its ticket only when a panic comes through.
struct Hold {
    holders: &'static Holders,
    ticket: Option<Ticket>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.holders.cross_out(ticket);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
