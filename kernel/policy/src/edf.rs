//! Edf: whoever has the earliest deadline runs, and only as much is admitted as the core can serve.
//!
//! Earliest deadline first keeps every deadline on one core as long as the loads of all, each budget over period, add
//! up to no more than the whole (Liu & Layland 1973). So a member is admitted with both, and refused if its load
//! would exceed the bound.
//!
//! Each member is a constant bandwidth server (Abeni & Buttazzo 1998): its jobs are served out of its budget, and
//! when that is used up, it is filled again and the member's own deadline put off by a period. One that asks for more
//! than it was admitted with, or more often, so is late itself and makes nobody else late. A core that is idle
//! otherwise still serves it.
//!
//! *Units.* Times in nanoseconds; a deadline beyond the end of time (584 years) is the end of time. Loads are kept in
//! parts per 10^12, each rounded up, so no more is admitted than the bound; told in parts per million, rounded up
//! too.
//!
//! *Invariants.* The loads of all members add up to the bound at most. What is left of a budget is never zero and
//! never more than the budget. What is only blocked and ready again never allocates.
//!
//! It does not know who runs now, nor sees time pass: whoever charges late, by more than what [`Edf::left_ns`] says,
//! lets a member have ahead of time what others may miss. What the kernel itself takes has to be left free by the
//! bound.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use core::fmt;

use crate::tree::{Entry, Tree};

#[cfg(test)]
mod model;

/// The whole core in parts per million.
const WHOLE_PPM: u32 = 1_000_000;
/// In which loads are kept: so many to one part per million.
const PARTS_PER_PPM: u64 = 1_000_000;

/// What a core with deadlines refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdfError<Id> {
    /// The period is zero.
    Period {
        /// The period asked for, in nanoseconds.
        period_ns: u64,
    },
    /// The budget is zero or longer than the period.
    Budget {
        /// The budget asked for, in nanoseconds.
        budget_ns: u64,
        /// The period that it is for, in nanoseconds.
        period_ns: u64,
    },
    /// Together with those that were admitted, it would be more than the bound.
    Load {
        /// The load of those that were admitted, in parts per million of the core.
        taken_ppm: u64,
        /// The load asked for, in the same.
        asked_ppm: u64,
        /// The bound, in the same.
        bound_ppm: u64,
    },
    /// It is a member already.
    Known {
        /// Who.
        id: Id,
    },
    /// It is no member.
    Unknown {
        /// Who.
        id: Id,
    },
}

impl<Id: fmt::Debug> fmt::Display for EdfError<Id> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Period { period_ns } => write!(out, "a period of {period_ns} ns is none"),
            Self::Budget { budget_ns, period_ns } => {
                write!(out, "a budget of {budget_ns} ns is not in 1 ns to its period of {period_ns} ns")
            }
            Self::Load { taken_ppm, asked_ppm, bound_ppm } => write!(
                out,
                "a load of {asked_ppm} ppm does not fit: {taken_ppm} ppm of at most {bound_ppm} ppm are taken"
            ),
            Self::Known { id } => write!(out, "{id:?} has deadlines on this core already"),
            Self::Unknown { id } => write!(out, "{id:?} has no deadlines on this core"),
        }
    }
}

impl<Id: fmt::Debug> core::error::Error for EdfError<Id> {}

/// One that was admitted.
#[derive(Debug)]
struct Member<Id> {
    period_ns: u64,
    budget_ns: u64,
    /// What is left of the budget until the deadline is put off.
    left_ns: u64,
    deadline_ns: u64,
    load: u64,
    /// Its entry in the tree, while it is not there: none exactly if it is ready.
    entry: Option<Box<Entry<u64, Id>>>,
}

impl<Id> Member<Id> {
    /// A job comes while none is there. It has what is left of the budget and the old deadline, if that is less than
    /// the member's share of the time until then; otherwise both begin anew.
    fn begin(&mut self, now_ns: u64) {
        let until = self.deadline_ns.saturating_sub(now_ns);
        let left = u128::from(self.left_ns) * u128::from(self.period_ns);
        if left >= u128::from(until) * u128::from(self.budget_ns) {
            self.deadline_ns = now_ns.saturating_add(self.period_ns);
            self.left_ns = self.budget_ns;
        }
    }

    /// Takes what was run out of the budget, and fills it as often as that needs, each time for a period more.
    fn consume(&mut self, ran_ns: u64) {
        let Some(over) = ran_ns.checked_sub(self.left_ns) else {
            self.left_ns -= ran_ns;
            return;
        };
        // What is over is a debt to the new budget, not forgiven; the budget is not zero, or it was not admitted.
        let fills = (over / self.budget_ns).saturating_add(1);
        self.left_ns = self.budget_ns - over % self.budget_ns;
        self.deadline_ns = self.deadline_ns.saturating_add(self.period_ns.saturating_mul(fills));
    }
}

/// A core whose members have deadlines.
#[derive(Debug)]
pub struct Edf<Id> {
    members: BTreeMap<Id, Member<Id>>,
    /// Those that are ready, by deadline. All have begun.
    jobs: Tree<u64, Id>,
    taken: u64,
    bound: u64,
}

impl<Id: Copy + Ord> Edf<Id> {
    /// A core without members, of which `bound_ppm` parts per million may be taken; all of it if that is more than a
    /// million. 950 000 leaves a twentieth for the kernel itself. Allocates nothing.
    #[must_use]
    pub const fn new(bound_ppm: u32) -> Self {
        let bound_ppm = if bound_ppm > WHOLE_PPM { WHOLE_PPM } else { bound_ppm };
        Self {
            members: BTreeMap::new(),
            jobs: Tree::new(),
            taken: 0,
            bound: bound_ppm as u64 * PARTS_PER_PPM,
        }
    }

    /// Makes `id` a member, blocked for now. Of each of its jobs it may have `budget_ns` nanoseconds served within
    /// `period_ns` nanoseconds, and jobs come no more often than that.
    ///
    /// # Errors
    /// [`EdfError::Period`], [`EdfError::Budget`], [`EdfError::Known`]; [`EdfError::Load`] if there is no room for
    /// it.
    pub fn admit(&mut self, id: Id, period_ns: u64, budget_ns: u64) -> Result<(), EdfError<Id>> {
        if period_ns == 0 {
            return Err(EdfError::Period { period_ns });
        }
        if !(1..=period_ns).contains(&budget_ns) {
            return Err(EdfError::Budget { budget_ns, period_ns });
        }
        if self.members.contains_key(&id) {
            return Err(EdfError::Known { id });
        }
        let load = load(period_ns, budget_ns);
        if load > self.bound.saturating_sub(self.taken) {
            return Err(EdfError::Load {
                taken_ppm: self.load_ppm(),
                asked_ppm: load.div_ceil(PARTS_PER_PPM),
                bound_ppm: self.bound / PARTS_PER_PPM,
            });
        }
        self.taken = self.taken.saturating_add(load);
        let entry = Some(Entry::new(id, 0));
        let member = Member { period_ns, budget_ns, left_ns: budget_ns, deadline_ns: 0, load, entry };
        self.members.insert(id, member);
        Ok(())
    }

    /// `id` is a member no longer, and its load is free at once. It may have run ahead of its share: to be strict,
    /// let it leave at its deadline or later. Otherwise one that is admitted in its place can make others late, by
    /// its budget at most.
    ///
    /// # Errors
    /// [`EdfError::Unknown`].
    pub fn leave(&mut self, id: Id) -> Result<(), EdfError<Id>> {
        self.blocked(id)?;
        if let Some(member) = self.members.remove(&id) {
            self.taken = self.taken.saturating_sub(member.load);
        }
        Ok(())
    }

    /// A job of `id` has come at `now_ns`. Nothing happens if it was ready already.
    ///
    /// # Errors
    /// [`EdfError::Unknown`].
    pub fn ready(&mut self, id: Id, now_ns: u64) -> Result<(), EdfError<Id>> {
        let member = self.members.get_mut(&id).ok_or(EdfError::Unknown { id })?;
        if let Some(entry) = member.entry.take() {
            member.begin(now_ns);
            self.jobs.insert(entry, 0, member.deadline_ns);
        }
        Ok(())
    }

    /// The job of `id` is done, or waits. Charge it before for what it ran. Nothing happens if it was blocked
    /// already.
    ///
    /// # Errors
    /// [`EdfError::Unknown`].
    pub fn blocked(&mut self, id: Id) -> Result<(), EdfError<Id>> {
        let member = self.members.get_mut(&id).ok_or(EdfError::Unknown { id })?;
        if member.entry.is_none() {
            member.entry = self.jobs.remove(member.deadline_ns, id);
        }
        Ok(())
    }

    /// Who should run now: of those that are ready, the one with the earliest deadline; of equal ones the least `Id`.
    /// None exactly if nobody is ready. It stays ready, and is found again until something changes.
    #[must_use]
    pub fn pick(&self) -> Option<Id> {
        self.jobs.first()
    }

    /// `id` has run for `ran_ns` nanoseconds, up to `now_ns`. When its budget is used up, its deadline is put off.
    ///
    /// # Errors
    /// [`EdfError::Unknown`].
    pub fn charge(&mut self, id: Id, ran_ns: u64, now_ns: u64) -> Result<(), EdfError<Id>> {
        let member = self.members.get_mut(&id).ok_or(EdfError::Unknown { id })?;
        let before_ns = member.deadline_ns;
        member.consume(ran_ns);
        if member.deadline_ns == before_ns {
            return Ok(());
        }
        if member.entry.is_none() {
            let entry = self.jobs.remove(before_ns, id);
            // So late that periods have passed unserved: they are given up, or it would be first until all are made up
            // for.
            if member.deadline_ns <= now_ns {
                member.deadline_ns = now_ns.saturating_add(member.period_ns);
            }
            if let Some(entry) = entry {
                self.jobs.insert(entry, 0, member.deadline_ns);
            }
        }
        Ok(())
    }

    /// The deadline of `id` in nanoseconds: of its job, or of its last one if it is blocked; 0 before the first. None
    /// if it is no member.
    #[must_use]
    pub fn deadline_of(&self, id: Id) -> Option<u64> {
        self.members.get(&id).map(|member| member.deadline_ns)
    }

    /// How many nanoseconds `id` may run until its deadline is put off, 1 at least. None if it is no member.
    #[must_use]
    pub fn left_ns(&self, id: Id) -> Option<u64> {
        self.members.get(&id).map(|member| member.left_ns)
    }

    /// The load of all members in parts per million of the core, rounded up.
    #[must_use]
    pub fn load_ppm(&self) -> u64 {
        self.taken.div_ceil(PARTS_PER_PPM)
    }
}

/// Budget over period, in parts per 10^12 of the core, rounded up. The period is not zero.
fn load(period_ns: u64, budget_ns: u64) -> u64 {
    let whole = u128::from(WHOLE_PPM) * u128::from(PARTS_PER_PPM);
    let parts = (u128::from(budget_ns) * whole).div_ceil(u128::from(period_ns));
    u64::try_from(parts).unwrap_or(u64::MAX)
}
