//! How far the end of a domain has come: what may be freed when.
//!
//! ```text
//!            begin                grace period over            every core has drained
//!   Running --------> Withdrawn ---------------------> Draining -------------------> Freed
//!                                 (no core: straight) ------------------------------>
//! ```
//!
//! *Withdrawn*: nothing new can reach the domain; somebody may still be inside by way of a raise that began before.
//! When the grace period is over nobody is inside, so the domain posts no more; but what it posted before may still lie in
//! an inbox, and such a parcel carries code of the domain. *Draining*: one parcel was posted to every core, behind all those.
//! When each has run, no inbox holds code of the domain. *Freed*: its code may go.
//!
//! Pure: who waits, posts and frees is not known here.

/// How far the end of one domain has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing new reaches the domain.
    Withdrawn,
    /// Nobody is inside the domain; this many cores may still hold parcels of it.
    Draining {
        /// Cores whose inbox is not known to be drained.
        cores_left: usize,
    },
    /// Nothing is left that could run the domain's code.
    Freed,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Post a drain parcel to every core.
    Drain,
    /// Wait for what is under way.
    Wait,
    /// Free the domain's code; said exactly once.
    Free,
}

impl Ending {
    /// The beginning of an end: everything that leads into the domain has been withdrawn.
    #[must_use]
    pub(crate) const fn begin() -> Self {
        Self::Withdrawn
    }

    /// The grace period that began at the withdrawal is over; `cores` are running. Said twice, it changes nothing.
    pub(crate) fn grace_is_over(&mut self, cores: usize) -> Next {
        match (*self, cores) {
            (Self::Withdrawn, 0) => self.free(),
            (Self::Withdrawn, _) => {
                *self = Self::Draining { cores_left: cores };
                Next::Drain
            }
            (Self::Draining { .. } | Self::Freed, _) => Next::Wait,
        }
    }

    /// A drain parcel has run on one core. Counts for nothing outside of draining.
    pub(crate) fn core_is_drained(&mut self) -> Next {
        match *self {
            Self::Draining { cores_left: 0 | 1 } => self.free(),
            Self::Draining { cores_left } => {
                *self = Self::Draining { cores_left: cores_left - 1 };
                Next::Wait
            }
            Self::Withdrawn | Self::Freed => Next::Wait,
        }
    }

    fn free(&mut self) -> Next {
        *self = Self::Freed;
        Next::Free
    }
}

#[cfg(test)]
mod tests {
    use super::{Ending, Next};

    #[test]
    fn code_is_freed_after_the_grace_period_and_the_last_core() {
        let mut ending = Ending::begin();
        assert_eq!(ending.grace_is_over(3), Next::Drain);
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending.core_is_drained(), Next::Free);
        assert_eq!(ending, Ending::Freed);
    }

    #[test]
    fn a_drained_core_does_not_count_before_the_grace_period_is_over() {
        let mut ending = Ending::begin();
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending, Ending::Withdrawn);
        assert_eq!(ending.grace_is_over(1), Next::Drain);
        assert_eq!(ending.core_is_drained(), Next::Free);
    }

    #[test]
    fn nothing_is_freed_or_posted_twice() {
        let mut ending = Ending::begin();
        assert_eq!(ending.grace_is_over(2), Next::Drain);
        assert_eq!(ending.grace_is_over(2), Next::Wait);
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending.core_is_drained(), Next::Free);
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending.grace_is_over(2), Next::Wait);
    }

    #[test]
    fn without_cores_there_is_nothing_to_drain() {
        let mut ending = Ending::begin();
        assert_eq!(ending.grace_is_over(0), Next::Free);
        assert_eq!(ending.grace_is_over(0), Next::Wait);
    }
}
