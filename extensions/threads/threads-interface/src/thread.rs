//! Thread: who is woken and interrupted.

use spindle_strand::{Me, Strand};

use crate::notes;

/// A thread, as others name it. Any strand is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thread {
    strand: Strand,
}

impl Thread {
    /// The one that runs this.
    #[must_use]
    pub fn current(me: &Me) -> Self {
        Self { strand: me.strand() }
    }

    /// That of `strand`.
    #[must_use]
    pub fn of(strand: Strand) -> Self {
        Self { strand }
    }

    /// Its strand.
    #[must_use]
    pub fn strand(&self) -> Strand {
        self.strand
    }

    /// Has it go on that is [parked](crate::park); else its next park comes back at once. Of one that has ended nothing happens.
    ///
    /// # Context
    /// Not in interrupt context. Does not wait.
    pub fn unpark(&self) {
        notes::give_permit(self.strand);
        self.strand.unblock();
    }

    /// Has its interruptible wait, or else the next one, end with
    /// [`WaitError::Interrupted`](crate::WaitError::Interrupted). Other waits go on.
    ///
    /// # Context
    /// Not in interrupt context. Does not wait.
    pub fn interrupt(&self) {
        notes::interrupt(self.strand);
        self.strand.unblock();
    }

    /// Whether it was interrupted, and has not been told so.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        notes::is_interrupted(self.strand)
    }

    /// Whether the one that runs this was interrupted. It has been told so now.
    pub fn take_interrupt(me: &mut Me) -> bool {
        notes::take_interrupt(me.strand())
    }
}
