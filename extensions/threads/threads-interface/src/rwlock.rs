//! RwLock: a value that many threads read at once, or one changes.
//!
//! Readers share the value by counted references; who writes has the only one. So a reader that is ended without its destructors takes a
//! reference along that never comes back, and nobody can write any more: then, as when a writer is ended in that way, the lock is *poisoned*.
//!
//! Invariants: who comes while somebody waits waits as well, so among those of one priority nobody is passed: neither writers nor readers starve. The value is in
//! its place unless a writer has it out or has lost it.
//!
//! Does not lend priorities.
//!
//! Source: Courtois, Heymans and Parnas, *Concurrent Control with "Readers" and "Writers"*, CACM 14(10), 1971.

mod holds;
mod state;

use alloc::sync::Arc;
use core::fmt;

use spindle_strand::{Me, Strand};

pub use holds::{Reading, Writing};

use crate::lock_error::LockError;
use crate::waiters::wake;
use crate::waiting::{Place, Terms, wait};
use state::{State, Wants};

/// A value that many threads read at once, or one changes.
pub struct RwLock<T: Send + Sync> {
    state: spindle_domain::Mutex<State<T>>,
}

impl<T: Send + Sync> RwLock<T> {
    /// An open one around `value`.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn new(value: T) -> Self {
        Self { state: spindle_domain::Mutex::new(State::new(Arc::new(value))) }
    }

    /// Waits until nobody writes; nobody does until what this gives is dropped. A thread that reads already may wait for ever here: for
    /// a writer that waits for it.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn read(&self, me: &mut Me) -> Result<Reading<'_, T>, LockError> {
        let value = self.lock(me, Wants::Read)?;
        Ok(Reading::new(self, me.strand(), value))
    }

    /// Waits until nobody reads or writes; nobody else does until what this gives is dropped.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn write(&self, me: &mut Me) -> Result<Writing<'_, T>, LockError> {
        let value = self.lock(me, Wants::Write)?;
        Ok(Writing::new(self, me.strand(), value))
    }

    /// Waits until nobody reads or writes, and runs `work` on the value. If `work` does not come to its end the lock is poisoned.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn change<R>(&self, me: &mut Me, work: impl FnOnce(&mut T, &mut Me) -> R) -> Result<R, LockError> {
        let mut locked = self.write(me)?;
        Ok(work(&mut locked, me))
    }

    /// Whether it is poisoned.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.bury();
        self.state.with(|state| state.is_poisoned()).unwrap_or(true)
    }

    /// Puts `value` into a lock that is poisoned, and opens it.
    ///
    /// # Errors
    /// [`LockError::NotPoisoned`]; `value` was dropped.
    pub fn renew(&self, value: T) -> Result<(), LockError> {
        self.bury();
        let value = Arc::new(value);
        let old = self.state.with(|state| state.renew(value))??;
        drop(old);
        Ok(())
    }

    fn lock(&self, me: &mut Me, wants: Wants) -> Result<Arc<T>, LockError> {
        let strand = me.strand();
        loop {
            let entered = self.state.with(|state| state.take_or_enter(strand, wants))?;
            if let Some(value) = entered? {
                return Ok(value);
            }
            wait(me, self, Terms::FOR_EVER.looking())?;
            if let Some(value) = self.state.with(|state| state.claim(strand, wants))?? {
                return Ok(value);
            }
        }
    }

    /// `strand` reads no longer. It has given up its reference.
    fn end_read(&self, strand: Strand) {
        if self.state.with(|state| state.end_read(strand)).is_ok() {
            self.serve();
        }
    }

    /// `strand` writes no longer.
    fn end_write(&self, strand: Strand, value: Arc<T>, poisons: bool) {
        let ended = self.state.with(|state| state.end_write(strand, value, poisons));
        self.serve();
        drop(ended);
    }

    /// Has all go on whose turn it is, or who are to be told that the lock is poisoned.
    fn serve(&self) {
        while let Ok(Some(strand)) = self.state.with(State::serve) {
            strand.unblock();
        }
        if let Ok(told) = self.state.with(State::told) {
            wake(told);
        }
    }

    /// Looks for readers and writers that have ended.
    fn bury(&self) {
        if self.state.with(State::bury) == Ok(true) {
            self.serve();
        }
    }
}

impl<T: Send + Sync> Place for RwLock<T> {
    fn is_served(&self, strand: Strand) -> bool {
        self.bury();
        self.state.with(|state| !state.waits(strand)).unwrap_or(true)
    }

    fn withdraw(&self, strand: Strand) -> bool {
        let has_waited = self.state.with(|state| state.withdraw(strand)).unwrap_or(true);
        // Those behind it may not have to wait for anybody else.
        self.serve();
        has_waited
    }

    fn pass_on(&self, strand: Strand) {
        match self.state.with(|state| state.claim_any(strand)) {
            Ok(Some((Wants::Write, value))) => self.end_write(strand, value, false),
            Ok(Some((Wants::Read, value))) => {
                drop(value);
                self.end_read(strand);
            }
            Ok(None) | Err(_) => {}
        }
    }
}

impl<T: Send + Sync> fmt::Debug for RwLock<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RwLock").finish_non_exhaustive()
    }
}
