//! Trace: the last runs of an event's handlers, while somebody looks.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use spindle_sync::boundary::{End, Outcome};
use spindle_sync::{Lock, this_core};

use crate::binding::BindingId;
use crate::cores::{self, CoreId};

/// How many runs are kept.
const CAPACITY: usize = 64;

/// One run of a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// When it had ended, in ticks of the machine's counter.
    pub at_ticks: u64,
    /// Where.
    pub core: CoreId,
    /// Whose handler.
    pub binding: BindingId,
    /// How long it took, in ticks.
    pub ticks: u64,
    /// Whether it was given up, and why.
    pub end: Option<End>,
}

/// The runs of one event's handlers.
pub(crate) struct Trace {
    /// Lock order: nothing else is locked while this is held; its room is there from the beginning.
    runs: Lock<VecDeque<Run>>,
}

impl Trace {
    pub(crate) fn new() -> Self {
        Self { runs: Lock::new(VecDeque::with_capacity(CAPACITY)) }
    }

    pub(crate) fn note(&self, binding: BindingId, outcome: Outcome) {
        let run = Run {
            at_ticks: this_core::ticks(),
            core: cores::current(),
            binding,
            ticks: outcome.ticks,
            end: outcome.end,
        };
        let mut runs = self.runs.lock();
        if runs.len() == CAPACITY {
            runs.pop_front();
        }
        runs.extend([run]);
    }

    /// The oldest first.
    pub(crate) fn read(&self) -> Vec<Run> {
        let mut copy = Vec::with_capacity(CAPACITY);
        copy.extend(self.runs.lock().iter());
        copy
    }
}
