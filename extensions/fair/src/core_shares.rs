//! Core shares: one core's.

use alloc::collections::BTreeMap;

use spindle_policy::Fair;
use spindle_scheduler::{Departure, Turn};
use spindle_strand::{State, Strand};

/// How many members there are before those that have ended elsewhere are looked for.
const FEW: usize = 64;

/// Who shares a core.
pub(crate) struct CoreShares {
    fair: Fair<Strand>,
    /// The members, and the share that each has.
    members: BTreeMap<Strand, (u32, u64)>,
}

impl CoreShares {
    pub(crate) fn new() -> Self {
        Self { fair: Fair::new(), members: BTreeMap::new() }
    }

    /// It can run, with that share.
    pub(crate) fn ready(&mut self, strand: Strand, weight: u32, slice_ns: u64) {
        let known = self.members.get(&strand).copied();
        if known != Some((weight, slice_ns)) {
            self.admit(strand, weight, slice_ns, known.is_some());
        }
        // It is a member.
        let _ = self.fair.ready(strand);
    }

    /// It is a member from now on, or has another share.
    fn admit(&mut self, strand: Strand, weight: u32, slice_ns: u64, is_member: bool) {
        if is_member {
            let _ = self.fair.leave(strand);
        } else if self.members.len() >= FEW && self.members.len().is_power_of_two() {
            self.forget_ended();
        }
        // Share and slice were checked when they were asked for.
        let _ = self.fair.join(strand, weight, slice_ns);
        self.members.insert(strand, (weight, slice_ns));
    }

    /// A strand that went to another core and ended there is still a member here.
    fn forget_ended(&mut self) {
        let Self { fair, members } = self;
        members.retain(|strand, _| {
            let has_ended = strand.state() == State::Ended;
            if has_ended {
                let _ = fair.leave(*strand);
            }
            !has_ended
        });
    }

    /// It has run for so long. What is said of one that is no member comes late: it has ended.
    pub(crate) fn left(&mut self, strand: Strand, ran_ns: u64, departure: Departure) {
        let _ = self.fair.charge(strand, ran_ns);
        let _ = match departure {
            Departure::Preempted => Ok(()),
            Departure::Yielded | Departure::Blocked => self.fair.blocked(strand),
            Departure::Ended => {
                self.members.remove(&strand);
                self.fair.leave(strand)
            }
        };
    }

    pub(crate) fn pick(&self) -> Option<Turn> {
        let strand = self.fair.pick()?;
        Some(Turn { strand, at_most_ns: self.fair.left_ns(strand)? })
    }
}
