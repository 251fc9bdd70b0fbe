//! Semaphore: a number of permits, for which threads wait.
//!
//! Invariants: there are permits to be had only if nobody waits. A permit that is released goes to the first who waits. One for a strand that was told to end
//! meanwhile goes on to the next; who has acquired one and ends keeps it: nobody knows what it stood for.
//!
//! Source: Dijkstra, *Cooperating Sequential Processes*, 1965.

use core::fmt;

use spindle_domain::Mutex as Section;
use spindle_strand::{Me, Strand};

use crate::pause::after;
use crate::waiters::{Waiter, Waiters};
use crate::waiting::{Place, Terms, WaitError, wait};

/// Permits that are acquired and released.
pub struct Semaphore {
    state: Section<State>,
}

struct State {
    permits: usize,
    waiters: Waiters,
}

impl State {
    /// Takes one permit out, if it is nobody else's turn.
    fn take(&mut self) -> bool {
        let is_there = self.permits > 0 && self.waiters.is_empty();
        if is_there {
            self.permits -= 1;
        }
        is_there
    }

    /// Takes one permit out, or puts `strand` into the list; whether it was taken.
    fn take_or_enter(&mut self, strand: Strand) -> Result<bool, WaitError> {
        if self.take() {
            return Ok(true);
        }
        let entered = self.waiters.add(Waiter::of(strand, ()));
        entered.map_err(|waiting| WaitError::NoMemory { waiting })?;
        Ok(false)
    }

    /// Whoever gets one of the permits now.
    fn serve(&mut self) -> Option<Strand> {
        if self.permits == 0 {
            return None;
        }
        let first = self.waiters.take_first()?;
        self.permits -= 1;
        Some(first.strand)
    }
}

impl Semaphore {
    /// With so many permits.
    #[must_use]
    pub const fn new(permits: usize) -> Self {
        Self { state: Section::new(State { permits, waiters: Waiters::new() }) }
    }

    /// Waits until there is a permit, and takes it.
    ///
    /// # Errors
    /// [`WaitError::NoMemory`], [`WaitError::List`].
    pub fn acquire(&self, me: &mut Me) -> Result<(), WaitError> {
        self.acquire_on(me, Terms::FOR_EVER)
    }

    /// As [`acquire`](Self::acquire), but no longer than for `duration`.
    ///
    /// # Errors
    /// Those, and [`WaitError::TimedOut`].
    pub fn acquire_timeout(&self, me: &mut Me, duration: core::time::Duration) -> Result<(), WaitError> {
        self.acquire_on(me, Terms { deadline_ns: Some(after(duration)), ..Terms::FOR_EVER })
    }

    /// As [`acquire`](Self::acquire), unless the thread is interrupted.
    ///
    /// # Errors
    /// Those, and [`WaitError::Interrupted`].
    pub fn acquire_interruptibly(&self, me: &mut Me) -> Result<(), WaitError> {
        self.acquire_on(me, Terms::INTERRUPTIBLE)
    }

    /// Takes a permit, if there is one; whether there was.
    ///
    /// # Context
    /// Not in interrupt context. Does not wait.
    #[must_use]
    pub fn try_acquire(&self) -> bool {
        self.state.with(State::take).unwrap_or(false)
    }

    /// Gives `permits` back.
    ///
    /// # Context
    /// Not in interrupt context. Does not wait: any handler may.
    pub fn release(&self, permits: usize) {
        let added = self.state.with(|state| state.permits = state.permits.saturating_add(permits));
        while added.is_ok()
            && let Ok(Some(served)) = self.state.with(State::serve)
        {
            served.unblock();
        }
    }

    /// How many permits there are. Stale at once.
    #[must_use]
    pub fn permits(&self) -> usize {
        self.state.with(|state| state.permits).unwrap_or(0)
    }

    fn acquire_on(&self, me: &mut Me, terms: Terms) -> Result<(), WaitError> {
        let strand = me.strand();
        if self.state.with(|state| state.take_or_enter(strand))?? {
            return Ok(());
        }
        wait(me, self, terms)
    }
}

impl Place for Semaphore {
    fn is_served(&self, strand: Strand) -> bool {
        self.state.with(|state| !state.waiters.has(strand)).unwrap_or(false)
    }

    fn withdraw(&self, strand: Strand) -> bool {
        self.state.with(|state| state.waiters.remove(strand)).unwrap_or(true)
    }

    fn pass_on(&self, _: Strand) {
        self.release(1);
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Semaphore").finish_non_exhaustive()
    }
}
