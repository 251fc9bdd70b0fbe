//! Mutex: a lock that strands sleep for, with the priority of whoever is most urgent lent to whoever holds it.
//!
//! The value is moved out to the holder's [`Locked`] and back. A holder that panics or is ended may have stopped in the middle of a change: then the
//! lock is *poisoned*, and all who wait are told. One that is ended without its destructors takes the value along. [`Mutex::renew`] puts another
//! in its place.
//!
//! Who opens the lock hands it to the first who waits: nobody else gets in between.
//!
//! Invariants: the value is in its place whenever nobody holds the lock and it is not poisoned. The lock is free only if nobody waits. A holder has
//! been lent the priorities of those that wait; what it was lent for this lock it gives back before the next one holds it.
//!
//! Source: Sha, Rajkumar and Lehoczky, 1990, as in `loans.rs`; poisoning after Rust's `std::sync::Mutex`.

mod locked;
mod state;

use core::fmt;

use spindle_strand::{Me, Strand};

pub use locked::Locked;

use crate::lock_error::LockError;
use crate::notes;
use crate::waiters::wake;
use crate::waiting::{Place, Terms, wait};
use state::{Found, State};

/// A value that one thread at a time has, while others sleep until it is their turn. Something large is better put into a box: it
/// is moved.
pub struct Mutex<T: Send> {
    state: spindle_domain::Mutex<State<T>>,
}

impl<T: Send> Mutex<T> {
    /// An open one around `value`.
    pub const fn new(value: T) -> Self {
        Self { state: spindle_domain::Mutex::new(State::new(value)) }
    }

    /// Waits until nobody holds it; holds it until what this gives is dropped.
    ///
    /// # Errors
    /// [`LockError::Poisoned`], [`LockError::Own`], or that there is no way to wait.
    pub fn lock(&self, me: &mut Me) -> Result<Locked<'_, T>, LockError> {
        self.lock_on(me, Terms::FOR_EVER)
    }

    /// As [`lock`](Self::lock), unless the thread is interrupted.
    ///
    /// # Errors
    /// Those, and [`WaitError::Interrupted`](crate::WaitError::Interrupted).
    pub fn lock_interruptibly(&self, me: &mut Me) -> Result<Locked<'_, T>, LockError> {
        self.lock_on(me, Terms::INTERRUPTIBLE)
    }

    /// Holds it until what this gives is dropped, if nobody does.
    ///
    /// # Errors
    /// [`LockError::Held`] besides those of [`lock`](Self::lock).
    pub fn try_lock(&self, me: &Me) -> Result<Locked<'_, T>, LockError> {
        let strand = me.strand();
        self.bury();
        match self.state.with(|state| state.take(strand))?? {
            Found::Value(value) => Ok(Locked::new(self, strand, value)),
            Found::Held(holder) => Err(LockError::Held { holder }),
        }
    }

    /// Waits until nobody holds it, and runs `work` on the value. If `work` does not come to its end, since it panics or the thread is
    /// told to end, the lock is poisoned.
    ///
    /// # Errors
    /// As for [`lock`](Self::lock).
    pub fn with<R>(&self, me: &mut Me, work: impl FnOnce(&mut T, &mut Me) -> R) -> Result<R, LockError> {
        let mut locked = self.lock(me)?;
        Ok(work(&mut locked, me))
    }

    /// Whether it is poisoned.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.bury();
        self.state.with(|state| state.is_poisoned()).unwrap_or(true)
    }

    /// Puts `value` into a lock that is poisoned, and opens it. Gives back what was there, if it is still to be had.
    ///
    /// # Errors
    /// [`LockError::NotPoisoned`]; `value` was dropped.
    pub fn renew(&self, value: T) -> Result<Option<T>, LockError> {
        self.bury();
        self.state.with(|state| state.renew(value))?
    }

    /// Gives back the value; none if it is poisoned.
    pub fn into_inner(self) -> Option<T> {
        self.state.into_inner().and_then(State::into_inner)
    }

    pub(crate) fn lock_on(&self, me: &mut Me, terms: Terms) -> Result<Locked<'_, T>, LockError> {
        let strand = me.strand();
        let mut found = match self.state.with(|state| state.take(strand))?? {
            Found::Value(value) => Some(value),
            Found::Held(_) => None,
        };
        while found.is_none() {
            let name = self.name();
            if let Some(more_urgent) = self.state.with(|state| state.enter(strand, name))?? {
                more_urgent.unblock();
            }
            wait(me, self, terms.looking())?;
            found = self.state.with(|state| state.claim(strand))??;
        }
        found.map(|value| Locked::new(self, strand, value)).ok_or(LockError::Poisoned { holder: None })
    }

    /// Looks whether the holder has ended.
    fn bury(&self) {
        if let Ok((next, told)) = self.state.with(State::bury) {
            wake(told);
            if let Some(next) = next {
                next.unblock();
            }
        }
    }

    /// `holder` has held it, and gives the value back.
    fn open(&self, holder: Strand, value: T, poisons: bool) {
        let opened = self.state.with(|state| state.open(holder, value, poisons));
        // Else it is lost, which whoever comes next is told.
        if let Ok(opened) = opened {
            // Before somebody more urgent runs here.
            if opened.had_loan {
                notes::give_back(holder, self.name());
            }
            wake(opened.told);
            if let Some(next) = opened.next {
                next.unblock();
            }
            drop(opened.refused);
        }
    }

    /// It is told apart from others by where it is, while somebody waits for it.
    fn name(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }
}

impl<T: Send> Place for Mutex<T> {
    fn is_served(&self, strand: Strand) -> bool {
        let name = self.name();
        let looked = self.state.with(|state| state.look(strand, name));
        // A list that is lost serves nobody any more: who comes is told so.
        let Ok(looked) = looked else { return true };
        wake(looked.told);
        if let Some(more_urgent) = looked.next {
            more_urgent.unblock();
        }
        looked.is_served
    }

    fn withdraw(&self, strand: Strand) -> bool {
        self.state.with(|state| state.withdraw(strand)).unwrap_or(true)
    }

    fn pass_on(&self, strand: Strand) {
        if let Ok(Ok(Some(value))) = self.state.with(|state| state.claim(strand)) {
            self.open(strand, value, false);
        }
    }
}

impl<T: Send> fmt::Debug for Mutex<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Mutex").finish_non_exhaustive()
    }
}
