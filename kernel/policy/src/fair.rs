//! Fair: a core shared in proportion to weights, with a deadline for every slice.
//!
//! EEVDF, "Earliest Eligible Virtual Deadline First" (Stoica & Abdel-Wahab 1995; Linux has it since 6.6). Each member
//! asks for one slice after the other. A request begins at the virtual time that stands for what its member has had
//! so far, and has to be fulfilled when the virtual time has gone on by the slice over the weight. Of the requests
//! that have begun, the one with the earliest deadline is served. A short slice so is served soon, and no more often
//! than the weight allows.
//!
//! *Lag* is what a member ought to have had less what it has had. As long as the same members are ready and none is
//! charged late, it stays within a slice either way; one that is charged late may owe as much more as it was late. A
//! member that blocks keeps its lag, but no more than one slice to come and no more debt than one slice and its last
//! charge. So it does not gain by sleeping, nor save up service; it loses only if others are charged later than its
//! slice is long. What the others take with them and bring back is shared by those that are ready, in proportion to
//! their weights.
//!
//! *Units.* Service in 2^-20 ns, virtual time in the same over a weight, both `i128`; see `virtual_time.rs`. What a
//! charge leaves over is kept for the next, so shares do not drift. A deadline is rounded up by less than a tick; a
//! lag is kept to within two ticks across sleep, which is two nanoseconds at most.
//!
//! *Invariants.* Lags of ready members add up to zero, so one at least has begun, and [`Fair::pick`] finds somebody
//! whenever somebody is ready. What is only blocked and ready again never allocates.
//!
//! It does not know who runs now, nor when a turn should end: [`Fair::left_ns`] says how long a request has to go.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use core::fmt;

use crate::tree::{Entry, Tree};
use crate::virtual_time::{GRAINS_PER_NS, VirtualTime};

#[cfg(test)]
mod model;

/// The greatest weight that a member may have. The least is 1.
pub const MOST_WEIGHT: u32 = 1 << 20;
/// The longest slice that a member may ask for, in nanoseconds. The shortest is 1 ns.
pub const LONGEST_SLICE_NS: u64 = 10_000_000_000;

/// What a shared core refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FairError<Id> {
    /// The weight is zero or more than [`MOST_WEIGHT`].
    Weight {
        /// The weight asked for.
        weight: u32,
    },
    /// The slice is zero or longer than [`LONGEST_SLICE_NS`].
    Slice {
        /// The slice asked for, in nanoseconds.
        slice_ns: u64,
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

impl<Id: fmt::Debug> fmt::Display for FairError<Id> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weight { weight } => write!(out, "a weight of {weight} is not in 1 to {MOST_WEIGHT}"),
            Self::Slice { slice_ns } => {
                write!(out, "a slice of {slice_ns} ns is not in 1 ns to {LONGEST_SLICE_NS} ns")
            }
            Self::Known { id } => write!(out, "{id:?} shares this core already"),
            Self::Unknown { id } => write!(out, "{id:?} does not share this core"),
        }
    }
}

impl<Id: fmt::Debug> core::error::Error for FairError<Id> {}

/// One that shares the core.
#[derive(Debug)]
struct Member<Id> {
    weight: i128,
    slice_ns: u64,
    /// What it has had, as a virtual time; of meaning while it is ready.
    at: i128,
    /// When its request has to be fulfilled, as a virtual time; of meaning while it is ready.
    deadline: i128,
    /// Grains that it was charged and that did not make a whole tick.
    over: i128,
    /// Its last charge.
    last_ns: u64,
    /// What it lacks in grains; of meaning while it is blocked.
    lag: i128,
    /// Its entry in the tree, while it is not there: none exactly if it is ready.
    entry: Option<Box<Entry<i128, Id>>>,
}

impl<Id> Member<Id> {
    /// Asks for the next slice, and says when that begins.
    fn ask(&mut self) -> i128 {
        let grains = i128::from(self.slice_ns).saturating_mul(GRAINS_PER_NS);
        let ticks = grains.saturating_add(self.weight - 1) / self.weight;
        self.deadline = self.at.saturating_add(ticks);
        self.at
    }

    /// As much of a lag as may be kept, in grains.
    fn bounded(&self, lag: i128) -> i128 {
        let slice = i128::from(self.slice_ns).saturating_mul(GRAINS_PER_NS);
        // Who was charged late owes what it ran too long; forgiving that would make sleeping pay.
        let late = i128::from(self.last_ns.min(LONGEST_SLICE_NS)).saturating_mul(GRAINS_PER_NS);
        lag.clamp(slice.saturating_add(late).saturating_neg(), slice)
    }
}

/// A core that is shared in proportion to weights.
#[derive(Debug)]
pub struct Fair<Id> {
    members: BTreeMap<Id, Member<Id>>,
    /// The requests of those that are ready, in virtual time.
    requests: Tree<i128, Id>,
    time: VirtualTime,
}

impl<Id: Copy + Ord> Default for Fair<Id> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Id: Copy + Ord> Fair<Id> {
    /// A core that nobody shares; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { members: BTreeMap::new(), requests: Tree::new(), time: VirtualTime::new() }
    }

    /// Makes `id` a member, blocked for now and with a lag of zero. It gets `weight` out of the sum of the weights of
    /// those that are ready, in requests of `slice_ns` nanoseconds.
    ///
    /// # Errors
    /// [`FairError::Weight`], [`FairError::Slice`], [`FairError::Known`].
    pub fn join(&mut self, id: Id, weight: u32, slice_ns: u64) -> Result<(), FairError<Id>> {
        let weight = checked(weight)?;
        if !(1..=LONGEST_SLICE_NS).contains(&slice_ns) {
            return Err(FairError::Slice { slice_ns });
        }
        if self.members.contains_key(&id) {
            return Err(FairError::Known { id });
        }
        let entry = Some(Entry::new(id, 0));
        let member = Member { weight, slice_ns, at: 0, deadline: 0, over: 0, last_ns: 0, lag: 0, entry };
        self.members.insert(id, member);
        Ok(())
    }

    /// `id` is a member no longer. What it lacked or owed is shared by those that stay; one that joins again owes
    /// nothing, so whoever lets members come and go has to bound how often.
    ///
    /// # Errors
    /// [`FairError::Unknown`].
    pub fn leave(&mut self, id: Id) -> Result<(), FairError<Id>> {
        self.blocked(id)?;
        self.members.remove(&id);
        Ok(())
    }

    /// `id` can run from now on. It comes back with the lag that it was blocked with, and asks for a new slice.
    /// Nothing happens if it was ready already.
    ///
    /// # Errors
    /// [`FairError::Unknown`].
    pub fn ready(&mut self, id: Id) -> Result<(), FairError<Id>> {
        let member = self.members.get_mut(&id).ok_or(FairError::Unknown { id })?;
        let Some(entry) = member.entry.take() else { return Ok(()) };
        member.at = self.time.place(member.weight, member.lag);
        self.time.enter(member.weight, member.at);
        let begin = member.ask();
        self.requests.insert(entry, begin, member.deadline);
        Ok(())
    }

    /// `id` can't run from now on. Charge it before for what it ran. Nothing happens if it was blocked already.
    ///
    /// # Errors
    /// [`FairError::Unknown`].
    pub fn blocked(&mut self, id: Id) -> Result<(), FairError<Id>> {
        let member = self.members.get_mut(&id).ok_or(FairError::Unknown { id })?;
        if member.entry.is_none() {
            member.entry = self.requests.remove(member.deadline, id);
            member.lag = member.bounded(self.time.lag(member.weight, member.at));
            self.time.exit(member.weight, member.at);
        }
        Ok(())
    }

    /// Who should run now: of those whose request has begun, the one with the earliest virtual deadline; of equal
    /// ones the least `Id`. None exactly if nobody is ready. It stays ready, and is found again until something
    /// changes.
    #[must_use]
    pub fn pick(&self) -> Option<Id> {
        // The second is for times that have saturated: better the wrong one than nobody.
        self.requests.first_begun(self.time.now()).or_else(|| self.requests.first())
    }

    /// `id` has run for `ran_ns` nanoseconds. Once it has had its slice, it asks for the next one; what it ran beyond
    /// that counts. One that is blocked already is charged to the lag that it keeps.
    ///
    /// # Errors
    /// [`FairError::Unknown`].
    pub fn charge(&mut self, id: Id, ran_ns: u64) -> Result<(), FairError<Id>> {
        let member = self.members.get_mut(&id).ok_or(FairError::Unknown { id })?;
        let grains = i128::from(ran_ns).saturating_mul(GRAINS_PER_NS).saturating_add(member.over);
        let ticks = grains / member.weight;
        member.over = grains % member.weight;
        member.last_ns = ran_ns;
        let weighted = ticks.saturating_mul(member.weight);
        if member.entry.is_some() {
            member.lag = member.bounded(member.lag.saturating_sub(weighted));
            return Ok(());
        }
        member.at = member.at.saturating_add(ticks);
        self.time.advance(weighted);
        if member.at >= member.deadline
            && let Some(entry) = self.requests.remove(member.deadline, id)
        {
            let begin = member.ask();
            self.requests.insert(entry, begin, member.deadline);
        }
        Ok(())
    }

    /// `id` weighs something else from now on. It keeps its lag as if it had been blocked, and asks for a new slice
    /// if it is ready.
    ///
    /// # Errors
    /// [`FairError::Weight`], [`FairError::Unknown`].
    pub fn set_weight(&mut self, id: Id, weight: u32) -> Result<(), FairError<Id>> {
        let weight = checked(weight)?;
        let was_ready = self.members.get(&id).is_some_and(|member| member.entry.is_none());
        self.blocked(id)?;
        if let Some(member) = self.members.get_mut(&id) {
            member.weight = weight;
        }
        if was_ready { self.ready(id) } else { Ok(()) }
    }

    /// How many nanoseconds the request of `id` has to go, 1 at least; a whole slice if it is blocked. None if it is
    /// no member.
    #[must_use]
    pub fn left_ns(&self, id: Id) -> Option<u64> {
        let member = self.members.get(&id)?;
        if member.entry.is_some() {
            return Some(member.slice_ns);
        }
        let ticks = member.deadline.saturating_sub(member.at);
        let grains = ticks.saturating_mul(member.weight).saturating_sub(member.over).max(1);
        u64::try_from((grains - 1) / GRAINS_PER_NS + 1).ok()
    }

    /// What `id` ought to have had and has not, in nanoseconds rounded down; negative if it has had too much. None if
    /// it is no member.
    #[must_use]
    pub fn lag_ns(&self, id: Id) -> Option<i64> {
        let member = self.members.get(&id)?;
        let is_ready = member.entry.is_none();
        let lag = if is_ready { self.time.lag(member.weight, member.at) } else { member.lag };
        let ns = lag.div_euclid(GRAINS_PER_NS);
        Some(i64::try_from(ns).unwrap_or(if ns < 0 { i64::MIN } else { i64::MAX }))
    }
}

fn checked<Id>(weight: u32) -> Result<i128, FairError<Id>> {
    if (1..=MOST_WEIGHT).contains(&weight) {
        Ok(i128::from(weight))
    } else {
        Err(FairError::Weight { weight })
    }
}
