//! How far the end of a domain has come: what may be freed when.
//!
//! ```text
//!   begin          grace period over          every core drained          enough quiet rounds
//!   -----> Withdrawn --------------> Draining ----------------> Rechecking -----------------> Freed
//!              ^                                                    |
//!              '--------------------- too few ----------------------'
//! ```
//!
//! The end goes in rounds, each of a grace period, a drain and a recheck. *Grace period*: a job is retired, and runs when every
//! core has been quiet since. *Drain*: a parcel goes to every core, behind all that was posted there before; when it runs, the
//! turn is over, too, in which its core was when it was posted. *Recheck*: what leads into the domain is withdrawn again, and
//! what its code was seen to do is counted: installs that began, parcels that ran to their end. A round is quiet when both are
//! nothing. The pages go after [`QUIET_ROUNDS`] quiet ones in a row.
//!
//! # Why so many
//!
//! Nothing is bound to the domain after the withdrawal, but its destructors still run: where an old table of handlers is freed,
//! and where what was posted is dropped. They are code of the domain, and may install and uninstall, declare, start timers and
//! post. What they declare and what stays installed (a timer's handler, too) the next recheck finds. What they take off again
//! itself leaves a table to be freed, what they post a parcel, and neither leads into the domain from anywhere that is looked
//! at. So both are counted as they happen, and it is shown here that without any for four rounds, nothing is left. Let round 0
//! be the last that was not quiet, or the time before the first.
//!
//! 1. *No table of the domain's is retired after round 1.* Each comes of an install. One that began in a turn begun
//!    before the end of its core's drain in round 0 was taken off by the recheck of that round at the latest. One of a
//!    later turn was counted in round 0, and that turn was over at the drain of round 1, whose recheck found nothing: it
//!    was off by then. (Before the first round: what was running then, uncounted, was over when its grace period was.)
//! 2. *After round 3 all of them are freed, destructors and all.* Retired jobs wait in batches, and neither the order in a batch
//!    nor the core that runs a job is given. A table of step 1 is in the batch of the job of round 2 or in an earlier one. The
//!    job of round 3 was retired after that of round 2 had run, so it is in a later batch, which is begun when all jobs of those
//!    before have been taken out to be run. They were then in turns that the drain of round 3 has seen the end of.
//! 3. *After round 4 no parcel of the domain's is left.* Those that were posted before round 4 have run: the drain came behind
//!    them. Only code of the domain posts one, hence, by step 2, a parcel of it. The first to do so during round 4 had been
//!    posted before; so it was over when its core was drained, and counted. None was.
//!
//! Values of capabilities are dropped by retired jobs, too. They need no count: each stands on the list of what is issued
//! until it has been dropped, so a recheck finds it, whoever issued it and whether or not it was revoked. A quiet round's
//! recheck found none, so the next one that is issued is issued by code that the steps above tell of: the first to run
//! after the recheck of round 3 is a parcel's, by step 2, and that was counted in round 4.
//!
//! So code of the domain has run for the last time, and nobody is left who knows of it. One that installs or posts its like
//! from each of its destructors is never quiet, hence never freed.
//!
//! Pure: who waits, posts, counts and frees is not known here.

/// How many rounds go by at most before the withdrawal of one that another has replaced.
const MOST_BEFORE: u8 = 8;

/// How many rounds in a row must be quiet: two until all it retired is freed, one before them and one behind them. See above.
const QUIET_ROUNDS: u8 = 4;

/// How far the end of one domain has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    stage: Stage,
    /// Rounds that were quiet, without one between that was not.
    quiet_rounds: u8,
    /// How many rounds may go by before the withdrawal, of one that another has replaced.
    rounds_before: u8,
    /// Whether this round began before the withdrawal: then it is not a quiet one, whatever it finds.
    is_early: bool,
}

/// How far a round has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// A grace period is going by.
    Withdrawn,
    /// The grace period is over; this many cores may still hold parcels of before.
    Draining {
        /// Cores whose inbox is not known to be drained.
        cores_left: usize,
    },
    /// Every inbox is drained; it is not yet known whether the round was quiet.
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
    /// Withdraw what leads into the domain once more, and ask what its code has done.
    Recheck,
    /// Free the domain's code; said exactly once.
    Free,
}

impl Ending {
    /// The beginning of an end: everything that leads into the domain has been withdrawn, and what its code does is counted.
    #[must_use]
    pub(crate) const fn begin() -> Self {
        Self { stage: Stage::Withdrawn, quiet_rounds: 0, rounds_before: 0, is_early: false }
    }

    /// The beginning of the end of a domain that another has replaced: nothing is withdrawn yet, so that what is on its way to it
    /// arrives.
    #[must_use]
    pub(crate) const fn begin_late() -> Self {
        Self { stage: Stage::Withdrawn, quiet_rounds: 0, rounds_before: MOST_BEFORE, is_early: false }
    }

    /// Whether nothing is withdrawn yet.
    pub(crate) const fn is_early(&self) -> bool {
        self.rounds_before > 0
    }

    /// Asked at a recheck of one that is early, which has seen the domain's code do so much: whether to withdraw now. One that was replaced is left
    /// as it is for two rounds, and for as long as it does something: the first ends what was sent to it before, which may have
    /// sent something in turn. But not for ever.
    pub(crate) fn is_time_to_withdraw(&mut self, seen: usize) -> bool {
        self.is_early = true;
        let is_first = self.rounds_before == MOST_BEFORE;
        let is_idle = seen == 0 && !is_first;
        self.rounds_before = if is_idle { 0 } else { self.rounds_before.saturating_sub(1) };
        self.rounds_before == 0
    }

    /// The grace period of this round is over; `cores` are running. Said twice, it changes nothing.
    pub(crate) fn grace_is_over(&mut self, cores: usize) -> Next {
        match (self.stage, cores) {
            (Stage::Withdrawn, 0) => self.recheck(),
            (Stage::Withdrawn, _) => {
                self.stage = Stage::Draining { cores_left: cores };
                Next::Drain
            }
            _ => Next::Wait,
        }
    }

    /// A drain parcel has run on one core. Counts for nothing outside of draining.
    pub(crate) fn core_is_drained(&mut self) -> Next {
        match self.stage {
            Stage::Draining { cores_left: 0 | 1 } => self.recheck(),
            Stage::Draining { cores_left } => {
                self.stage = Stage::Draining { cores_left: cores_left - 1 };
                Next::Wait
            }
            _ => Next::Wait,
        }
    }

    /// This round's recheck found this many things that led into the domain or that its code had done.
    pub(crate) fn rechecked(&mut self, found: usize) -> Next {
        if self.stage != Stage::Rechecking {
            return Next::Wait;
        }
        let was_early = core::mem::take(&mut self.is_early);
        self.quiet_rounds = if found == 0 && !was_early { self.quiet_rounds + 1 } else { 0 };
        if self.quiet_rounds == QUIET_ROUNDS {
            self.stage = Stage::Freed;
            return Next::Free;
        }
        self.stage = Stage::Withdrawn;
        Next::WaitForGrace
    }

    fn recheck(&mut self) -> Next {
        self.stage = Stage::Rechecking;
        Next::Recheck
    }
}

#[cfg(test)]
mod tests {
    use super::{Ending, Next};

    /// One round on one core whose recheck finds so much; says what comes of it.
    fn round(ending: &mut Ending, found: usize) -> Next {
        assert_eq!(ending.grace_is_over(1), Next::Drain);
        assert_eq!(ending.core_is_drained(), Next::Recheck);
        ending.rechecked(found)
    }

    #[test]
    fn code_is_freed_after_four_quiet_rounds() {
        let mut ending = Ending::begin();
        for _ in 0..3 {
            assert_eq!(round(&mut ending, 0), Next::WaitForGrace);
        }
        assert_eq!(round(&mut ending, 0), Next::Free);
    }

    #[test]
    fn what_was_found_makes_all_rounds_count_anew() {
        let mut ending = Ending::begin();
        for found in [0, 0, 0, 2, 0, 0, 1, 0, 0, 0] {
            assert_eq!(round(&mut ending, found), Next::WaitForGrace);
        }
        assert_eq!(round(&mut ending, 0), Next::Free);
    }

    /// One round of one that was replaced, in which its code is seen to do so much; says what comes of it.
    fn early_round(ending: &mut Ending, seen: usize) -> (bool, Next) {
        assert_eq!(ending.grace_is_over(1), Next::Drain);
        assert_eq!(ending.core_is_drained(), Next::Recheck);
        let withdraws = !ending.is_early() || ending.is_time_to_withdraw(seen);
        (withdraws, ending.rechecked(seen))
    }

    #[test]
    fn one_that_was_replaced_is_withdrawn_when_it_is_idle_and_its_rounds_count_from_there() {
        let mut ending = Ending::begin_late();
        for (seen, withdraws) in
            [(0, false), (3, false), (1, false), (0, true), (0, true), (0, true), (0, true)]
        {
            assert!(ending.is_early() || withdraws);
            assert_eq!(early_round(&mut ending, seen), (withdraws, Next::WaitForGrace));
        }
        assert_eq!(early_round(&mut ending, 0), (true, Next::Free));
    }

    #[test]
    fn one_that_was_replaced_and_is_never_idle_is_withdrawn_all_the_same() {
        let mut ending = Ending::begin_late();
        for _ in 1..8 {
            assert_eq!(early_round(&mut ending, 1), (false, Next::WaitForGrace));
        }
        assert_eq!(early_round(&mut ending, 1), (true, Next::WaitForGrace));
        assert!(!ending.is_early());
    }

    #[test]
    fn a_round_waits_for_every_core() {
        let mut ending = Ending::begin();
        assert_eq!(ending.grace_is_over(3), Next::Drain);
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending.core_is_drained(), Next::Recheck);
    }

    #[test]
    fn a_drained_core_does_not_count_before_the_grace_period_is_over() {
        let mut ending = Ending::begin();
        assert_eq!(ending.core_is_drained(), Next::Wait);
        assert_eq!(ending, Ending::begin());
        assert_eq!(ending.rechecked(0), Next::Wait);
        assert_eq!(ending, Ending::begin());
        assert_eq!(ending.grace_is_over(1), Next::Drain);
        assert_eq!(ending.core_is_drained(), Next::Recheck);
    }

    #[test]
    fn nothing_is_freed_or_posted_twice() {
        let mut ending = Ending::begin();
        for _ in 0..3 {
            assert_eq!(round(&mut ending, 0), Next::WaitForGrace);
        }
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
        for _ in 0..4 {
            assert_eq!(ending.grace_is_over(0), Next::Recheck);
            ending.rechecked(0);
        }
        assert_eq!(ending.grace_is_over(0), Next::Wait);
    }
}
