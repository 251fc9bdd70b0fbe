//! Mutex: a lock for what extensions share. The kernel knows who holds it, and opens it when the holder is given up.
//!
//! The value is lent to a closure ([`Mutex::with`]). There is no guard that could be kept, moved or forgotten: the lock is held for
//! exactly as long as the closure's call stands on the stack of a core. So where a call stood says whether it is over, and
//! whoever gives calls up ([`Holders::release_below`]) needs to touch no lock: it crosses out the *ticket* under which the
//! lock is held. A ticket is never used twice. The next taker finds the ticket crossed out, takes the lock over, and is
//! told that the value may be half-changed ([`LockError::Poisoned`]); [`Mutex::mend`] takes it all the same and puts that right.
//! A panic that cleans up poisons it too, on its way through.
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

use crate::primitive::{AtomicU64, Ordering, UnsafeCell};

#[cfg(not(loom))]
pub use holders::HOLDERS;
pub use holders::Holders;
use ticket::{POISON, Ticket};

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
    /// Who held it last was ended in the middle: the value may be half-changed. [`Mutex::mend`] takes it all the same.
    Poisoned,
    /// This core holds it already, in a call that waits for this one.
    SameCore,
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
            Self::SameCore => f.write_str("this core holds the lock already"),
            Self::Circle { core } => write!(f, "core {core} holds the lock, and waits for this one"),
            Self::TooMany { most } => write!(f, "this core holds {most} locks already"),
            Self::OutOfTime => f.write_str("the handler that waits for the lock has used up its budget"),
        }
    }
}

impl core::error::Error for LockError {}

/// A value that one call at a time can get at.
pub struct Mutex<T> {
    /// A ticket, or none; and [`POISON`].
    word: AtomicU64,
    holders: &'static Holders,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached by one core at a time, which may drop or move it out as if it had been sent there.
unsafe impl<T: Send> Sync for Mutex<T> {}
// SAFETY: nothing but the value belongs to it.
unsafe impl<T: Send> Send for Mutex<T> {}

impl<T> Mutex<T> {
    /// Makes an open one around `value`.
    #[cfg(not(loom))]
    pub const fn new(value: T) -> Self {
        Self { word: AtomicU64::new(0), holders: &HOLDERS, value: UnsafeCell::new(value) }
    }

    /// One whose holders are noted there.
    #[cfg(loom)]
    pub fn new_in(value: T, holders: &'static Holders) -> Self {
        Self { word: AtomicU64::new(0), holders, value: UnsafeCell::new(value) }
    }

    /// Waits until nobody holds it, and runs `work` on the value.
    ///
    /// # Errors
    /// [`LockError`]; `work` was not run.
    ///
    /// # Context
    /// Not in interrupt context. This core runs nothing else while it waits.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> Result<R, LockError> {
        self.hold(Taking::Sound, work)
    }

    /// As [`with`](Self::with), also when it is poisoned. It no longer is when `work` has returned.
    ///
    /// # Errors
    /// [`LockError`], but not [`LockError::Poisoned`].
    pub fn mend<R>(&self, work: impl FnOnce(&mut T) -> R) -> Result<R, LockError> {
        self.hold(Taking::Any, work)
    }

    /// Gives back the value.
    #[cfg(not(loom))]
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }

    fn hold<R>(&self, taking: Taking, work: impl FnOnce(&mut T) -> R) -> Result<R, LockError> {
        // Lies in the frame of this call: whoever is given up with it is found by that.
        let mut hold = Hold { mutex: &self.word, holders: self.holders, ticket: None };
        let place = (&raw const hold).addr();
        hold.ticket = Some(self.holders.take(&self.word, place, taking)?);
        let given = self.value.with_mut(|value| {
            // SAFETY: the word holds this call's ticket, and nobody takes the lock before it is crossed out.
            work(unsafe { &mut *value })
        });
        if let Some(ticket) = hold.ticket.take() {
            self.holders.open(&self.word, ticket, 0);
        }
        Ok(given)
    }

    /// Runs `work` on the value, and is given up there: what the kernel does to a holder.
    ///
    /// # Errors
    /// As for [`with`](Self::with).
    #[cfg(not(target_os = "none"))]
    pub fn with_and_be_given_up(&self, work: impl FnOnce(&mut T)) -> Result<(), LockError> {
        let place = 0_u8;
        let place = (&raw const place).addr();
        self.holders.take(&self.word, place, Taking::Any)?;
        self.value.with_mut(|value| {
            // SAFETY: as in `hold`.
            work(unsafe { &mut *value });
        });
        self.holders.release_below(place + 1);
        Ok(())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Relaxed: it can be otherwise at once.
        let word = self.word.load(Ordering::Relaxed);
        f.debug_struct("Mutex").field("is_poisoned", &(word & POISON != 0)).finish_non_exhaustive()
    }
}

/// Which locks a taker wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taking {
    /// One that is not poisoned.
    Sound,
    /// One that may be.
    Any,
}

/// A call that holds a lock. Dropped with its ticket only when a panic comes through.
struct Hold<'a> {
    mutex: &'a AtomicU64,
    holders: &'static Holders,
    ticket: Option<Ticket>,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.holders.open(self.mutex, ticket, POISON);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
