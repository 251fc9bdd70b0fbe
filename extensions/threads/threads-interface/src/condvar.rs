//! Condvar: threads wait until what they look at in a mutex has changed.
//!
//! Invariant: who waits stands in the list before it opens the mutex, so no notification in between is lost. A notification for one
//! that was told to end goes on to the next.
//!
//! Does not know what is waited for: who comes back looks again.
//!
//! Source: Hoare, *Monitors: An Operating System Structuring Concept*, CACM 17(10), 1974; signals only wake, as in Lampson and Redell,
//! *Experience with Processes and Monitors in Mesa*, CACM 23(2), 1980.

use core::fmt;
use core::time::Duration;

use spindle_domain::Mutex as Section;
use spindle_strand::{Me, Strand};

use crate::lock_error::LockError;
use crate::mutex::Locked;
use crate::pause::after;
use crate::waiters::{Waiter, Waiters, wake};
use crate::waiting::{Place, Terms, WaitError, wait};

/// A condition that threads wait for.
pub struct Condvar {
    waiters: Section<Waiters>,
}

impl Condvar {
    /// One that nobody waits for.
    #[must_use]
    pub const fn new() -> Self {
        Self { waiters: Section::new(Waiters::new()) }
    }

    /// Opens the mutex of `locked` until somebody notifies this; then waits for it again. It may come back without having been
    /// notified.
    ///
    /// # Errors
    /// [`LockError`]: the mutex is not held any more.
    pub fn wait<'l, T: Send>(&self, me: &mut Me, locked: Locked<'l, T>) -> Result<Locked<'l, T>, LockError> {
        self.wait_on(me, locked, Terms::FOR_EVER).map(|(locked, _)| locked)
    }

    /// As [`wait`](Self::wait), as long as `is_to_wait` of the value.
    ///
    /// # Errors
    /// As there.
    pub fn wait_while<'l, T: Send>(
        &self,
        me: &mut Me,
        mut locked: Locked<'l, T>,
        mut is_to_wait: impl FnMut(&mut T) -> bool,
    ) -> Result<Locked<'l, T>, LockError> {
        while is_to_wait(&mut locked) {
            locked = self.wait(me, locked)?;
        }
        Ok(locked)
    }

    /// As [`wait`](Self::wait), but no longer than for `duration`; whether it was notified in time.
    ///
    /// # Errors
    /// As there.
    pub fn wait_timeout<'l, T: Send>(
        &self,
        me: &mut Me,
        locked: Locked<'l, T>,
        duration: Duration,
    ) -> Result<(Locked<'l, T>, bool), LockError> {
        let terms = Terms { deadline_ns: Some(after(duration)), ..Terms::FOR_EVER };
        self.wait_on(me, locked, terms).map(|(locked, outcome)| (locked, outcome.is_ok()))
    }

    /// As [`wait`](Self::wait), unless the thread is interrupted: then that is said beside the hold.
    ///
    /// # Errors
    /// As there.
    pub fn wait_interruptibly<'l, T: Send>(
        &self,
        me: &mut Me,
        locked: Locked<'l, T>,
    ) -> Result<(Locked<'l, T>, Result<(), WaitError>), LockError> {
        self.wait_on(me, locked, Terms::INTERRUPTIBLE)
    }

    /// Has the first of those that wait go on.
    ///
    /// # Context
    /// Not in interrupt context. Does not wait.
    pub fn notify_one(&self) {
        let first = self.waiters.with(|waiters| waiters.take_first());
        if let Ok(Some(first)) = first {
            first.strand.unblock();
        }
    }

    /// Has all that wait go on.
    ///
    /// # Context
    /// Not in interrupt context. Does not wait.
    pub fn notify_all(&self) {
        if let Ok(all) = self.waiters.with(|waiters| waiters.take_all()) {
            wake(all);
        }
    }

    fn wait_on<'l, T: Send>(
        &self,
        me: &mut Me,
        locked: Locked<'l, T>,
        terms: Terms,
    ) -> Result<(Locked<'l, T>, Result<(), WaitError>), LockError> {
        let waiter = Waiter::of(me.strand(), ());
        let entered = self.waiters.with(|waiters| waiters.add(waiter)).map_err(WaitError::from)?;
        entered.map_err(|waiting| WaitError::NoMemory { waiting })?;
        let mutex = locked.mutex();
        drop(locked);
        let outcome = wait(me, self, terms);
        Ok((mutex.lock(me)?, outcome))
    }
}

impl Place for Condvar {
    fn is_served(&self, strand: Strand) -> bool {
        self.waiters.with(|waiters| !waiters.has(strand)).unwrap_or(true)
    }

    fn withdraw(&self, strand: Strand) -> bool {
        self.waiters.with(|waiters| waiters.remove(strand)).unwrap_or(true)
    }

    fn pass_on(&self, _: Strand) {
        self.notify_one();
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Condvar").finish_non_exhaustive()
    }
}
