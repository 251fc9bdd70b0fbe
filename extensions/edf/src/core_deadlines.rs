//! Core deadlines: one core's.

use alloc::collections::{BTreeSet, VecDeque};

use edf_interface::{NeedError, Terms};
use spindle_policy::{Edf, EdfError};
use spindle_scheduler::{Departure, Turn};
use spindle_strand::{State, Strand};

/// How much of a core can be admitted, in parts per million: the rest is the kernel's.
const BOUND_PPM: u32 = 950_000;
/// How long somebody runs who has no deadline, in nanoseconds.
const SLICE_NS: u64 = 5_000_000;
/// Nobody may be kept waiting for longer, in nanoseconds.
const LONGEST_PERIOD_NS: u64 = 10_000_000_000;

/// Who has deadlines on a core, and who runs besides.
pub(crate) struct CoreDeadlines {
    edf: Edf<Strand>,
    members: BTreeSet<Strand>,
    /// All that can run.
    able: BTreeSet<Strand>,
    /// Those without a deadline that can run, in the order in which they do.
    others: VecDeque<Strand>,
}

impl CoreDeadlines {
    pub(crate) fn new() -> Self {
        let (members, able) = (BTreeSet::new(), BTreeSet::new());
        Self { edf: Edf::new(BOUND_PPM), members, able, others: VecDeque::new() }
    }

    /// Nobody can run yet; who was admitted still is.
    pub(crate) fn begin(&mut self) {
        self.others.clear();
        self.able.clear();
        for strand in &self.members {
            let _ = self.edf.blocked(*strand);
        }
    }

    pub(crate) fn admit(&mut self, strand: Strand, terms: Terms) -> Result<(), NeedError> {
        let Terms { period_ns, budget_ns } = terms;
        if period_ns > LONGEST_PERIOD_NS {
            return Err(NeedError::Period { period_ns });
        }
        self.forget_ended();
        self.edf.admit(strand, period_ns, budget_ns).map_err(refusal)?;
        self.members.insert(strand);
        if self.able.contains(&strand) {
            self.others.retain(|other| *other != strand);
            let _ = self.edf.ready(strand, spindle_clock::now_ns());
        }
        Ok(())
    }

    pub(crate) fn dismiss(&mut self, strand: Strand) -> Result<(), NeedError> {
        if !self.members.remove(&strand) {
            return Err(NeedError::Unknown);
        }
        let _ = self.edf.leave(strand);
        if self.able.contains(&strand) {
            self.others.push_back(strand);
        }
        Ok(())
    }

    /// What a strand was admitted to that has ended on another core is free again.
    fn forget_ended(&mut self) {
        let Self { edf, members, .. } = self;
        members.retain(|strand| {
            let has_ended = strand.state() == State::Ended;
            if has_ended {
                let _ = edf.leave(*strand);
            }
            !has_ended
        });
    }

    pub(crate) fn ready(&mut self, strand: Strand) {
        let is_new = self.able.insert(strand);
        if self.members.contains(&strand) {
            let _ = self.edf.ready(strand, spindle_clock::now_ns());
        } else if is_new {
            self.others.push_back(strand);
        }
    }

    pub(crate) fn left(&mut self, strand: Strand, ran_ns: u64, departure: Departure) {
        if departure != Departure::Preempted {
            self.able.remove(&strand);
        }
        if self.members.contains(&strand) {
            let _ = self.edf.charge(strand, ran_ns, spindle_clock::now_ns());
            match departure {
                Departure::Preempted => (),
                Departure::Yielded | Departure::Blocked => drop(self.edf.blocked(strand)),
                Departure::Ended => {
                    self.members.remove(&strand);
                    let _ = self.edf.leave(strand);
                }
            }
            return;
        }
        // It was the first, unless somebody has gone meanwhile.
        self.others.retain(|other| *other != strand);
        if departure == Departure::Preempted {
            self.others.push_back(strand);
        }
    }

    pub(crate) fn pick(&self) -> Option<Turn> {
        match self.edf.pick() {
            Some(strand) => Some(Turn { strand, at_most_ns: self.edf.left_ns(strand)? }),
            None => self.others.front().map(|strand| Turn { strand: *strand, at_most_ns: SLICE_NS }),
        }
    }
}

fn refusal(error: EdfError<Strand>) -> NeedError {
    match error {
        EdfError::Period { period_ns } => NeedError::Period { period_ns },
        EdfError::Budget { budget_ns, period_ns } => NeedError::Budget { budget_ns, period_ns },
        EdfError::Load { taken_ppm, asked_ppm, bound_ppm } => {
            NeedError::Load { taken_ppm, asked_ppm, bound_ppm }
        }
        EdfError::Known { .. } => NeedError::Known,
        EdfError::Unknown { .. } => NeedError::Unknown,
    }
}
