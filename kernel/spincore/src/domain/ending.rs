//! How far the end of a domain has come: what may be freed when.
//!
//! ```text
//!   begin          grace period over          every core drained          nothing found
//!   -----> Withdrawn --------------> Draining ----------------> Rechecking ------------> Freed
//!              ^                                                    |
//!              '------------------- something found ----------------'
//! ```
//!
//! *Withdrawn*: nothing new can reach the domain; somebody may still be inside by way of a raise that began before.
//! When the grace period is over nobody is inside, so the domain posts no more; but what it posted before may still lie in
//! an inbox, and such a parcel carries code of the domain. *Draining*: one parcel was posted to every core, behind all those.
//! *Rechecking*: no inbox holds code of the domain, so it has run for the last time; what it bound while it still ran is
//! looked for again. *Freed*: its code may go.
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
    /// The domain has run for the last time, unless something still leads into it.
    Rechecking,
    /// Nothing is left that could run the domain's code.
    Freed,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Wait for a grace period that begins now.
    WaitForGrace,
    /// Post a drain parcel to every core.
    Drain,
    /// Wait for what is under way.
    Wait,
    /// Withdraw what leads into the domain once more.
    Recheck,
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
            (Self::Withdrawn, 0) => self.recheck(),
            (Self::Withdrawn, _) => {
                *self = Self::Draining { cores_left: cores };
                Next::Drain
            }
            _ => Next::Wait,
        }
    }

    /// A drain parcel has run on one core. Counts for nothing outside of draining.
    pub(crate) fn core_is_drained(&mut self) -> Next {
        match *self {
            Self::Draining { cores_left: 0 | 1 } => self.recheck(),
            Self::Draining { cores_left } => {
                *self = Self::Draining { cores_left: cores_left - 1 };
                Next::Wait
            }
            _ => Next::Wait,
        }
    }

    /// The second withdrawal found this many things that led into the domain.
    pub(crate) fn rechecked(&mut self, found: usize) -> Next {
        match (*self, found) {
            (Self::Rechecking, 0) => {
                *self = Self::Freed;
                Next::Free
            }
            (Self::Rechecking, _) => {
                *self = Self::Withdrawn;
                Next::WaitForGrace
            }
            _ => Next::Wait,
        }
    }

    fn recheck(&mut self) -> Next {
        *self = Self::Rechecking;
        Next::Recheck
    }
}

#[cfg(test)]
mod tests {
    use super::{Ending, Next};

    #[test]
    fn code_is_freed_after_the_grace_period_the_last_core_and_an_empty_recheck() {
        let mut ending = Ending::begin();
        assert_eq!(ending.grace_is_over(3), Next::Drain);
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending.core_is_drained(), Next::Recheck);
        assert_eq!(ending.rechecked(0), Next::Free);
        assert_eq!(ending, Ending::Freed);
    }

    #[test]
    fn what_was_bound_meanwhile_costs_another_grace_period() {
        let mut ending = Ending::begin();
        assert_eq!(ending.grace_is_over(1), Next::Drain);
        assert_eq!(ending.core_is_drained(), Next::Recheck);
        assert_eq!(ending.rechecked(2), Next::WaitForGrace);
        assert_eq!(ending.grace_is_over(1), Next::Drain);
        assert_eq!(ending.core_is_drained(), Next::Recheck);
        assert_eq!(ending.rechecked(0), Next::Free);
    }

    #[test]
    fn a_drained_core_does_not_count_before_the_grace_period_is_over() {
        let mut ending = Ending::begin();
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending, Ending::Withdrawn);
        assert_eq!(ending.rechecked(0), Next::Wait);
        assert_eq!(ending.grace_is_over(1), Next::Drain);
        assert_eq!(ending.core_is_drained(), Next::Recheck);
    }

    #[test]
    fn nothing_is_freed_or_posted_twice() {
        let mut ending = Ending::begin();
        assert_eq!(ending.grace_is_over(1), Next::Drain);
        assert_eq!(ending.grace_is_over(1), Next::Wait);
        assert_eq!(ending.core_is_drained(), Next::Recheck);
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending.rechecked(0), Next::Free);
        assert_eq!(ending.rechecked(0), Next::Wait);
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending.grace_is_over(1), Next::Wait);
    }

    #[test]
    fn without_cores_there_is_nothing_to_drain() {
        let mut ending = Ending::begin();
        assert_eq!(ending.grace_is_over(0), Next::Recheck);
        assert_eq!(ending.rechecked(0), Next::Free);
        assert_eq!(ending.grace_is_over(0), Next::Wait);
    }
}
