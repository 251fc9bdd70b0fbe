//! Barrier: so many threads wait until all of them have come.
//!
//! Invariant: who has come and ended before the last one came does not count.

use core::fmt;

use spindle_domain::Mutex as Section;
use spindle_strand::{Me, Strand};

use crate::waiters::{Waiter, Waiters, wake};
use crate::waiting::{Place, Terms, WaitError, wait};

/// Where threads meet, again and again.
pub struct Barrier {
    size: usize,
    waiters: Section<Waiters>,
}

impl Barrier {
    /// Of so many threads.
    #[must_use]
    pub const fn new(size: usize) -> Self {
        Self { size, waiters: Section::new(Waiters::new()) }
    }

    /// Waits until all have come; whether this one came last, which is so for one of them.
    ///
    /// # Errors
    /// [`WaitError::NoMemory`], [`WaitError::List`].
    pub fn wait(&self, me: &mut Me) -> Result<bool, WaitError> {
        let waiter = Waiter::of(me.strand(), ());
        let size = self.size;
        let come = self.waiters.with(|waiters| {
            if waiters.count() + 1 >= size {
                return Ok(Some(waiters.take_all()));
            }
            waiters.add(waiter).map(|()| None)
        })?;
        match come.map_err(|waiting| WaitError::NoMemory { waiting })? {
            Some(all) => {
                wake(all);
                Ok(true)
            }
            None => wait(me, self, Terms::FOR_EVER).map(|()| false),
        }
    }
}

impl Place for Barrier {
    fn is_served(&self, strand: Strand) -> bool {
        self.waiters.with(|waiters| !waiters.has(strand)).unwrap_or(false)
    }

    fn withdraw(&self, strand: Strand) -> bool {
        self.waiters.with(|waiters| waiters.remove(strand)).unwrap_or(true)
    }

    fn pass_on(&self, _: Strand) {}
}

impl fmt::Debug for Barrier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Barrier").field("size", &self.size).finish_non_exhaustive()
    }
}
