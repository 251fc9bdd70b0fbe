//! Scheduler: what the kernel tells, and asks.

use alloc::sync::Arc;

use spindle_event::CoreId;
use spindle_strand::Strand;

/// Decides who runs on a core. The kernel calls it between two strands, on the core that it is about, in a turn of that core's run loop: each
/// call has five milliseconds, which is half a tick.
pub trait Scheduler: Send + Sync + 'static {
    /// It has the office on `core` from now on: nobody can run there yet. What it has known of that core is void.
    fn begins(&self, core: CoreId);

    /// `strand` can run on `core`. That may be said of one that was said to be able to already.
    fn ready(&self, core: CoreId, strand: Strand);

    /// `strand` has had `core` for `ran_ns` nanoseconds. Who was preempted or has yielded can still run.
    fn left(&self, core: CoreId, strand: Strand, ran_ns: u64, departure: Departure);

    /// Who has `core` next, of those that can run. Asked only while there are some; none is no answer then. Whoever is named can still
    /// run, and may be named again, until it is said to have left: the core may have something else to do first.
    fn pick(&self, core: CoreId) -> Option<Turn>;
}

/// Who runs, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who.
    pub strand: Strand,
    /// After so many nanoseconds the scheduler is asked again: as soon as the strand is in an extension's own code. No turn is longer
    /// than ten milliseconds.
    pub at_most_ns: u64,
}

/// Why a strand does not run any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// Its turn is over, or the core has something else to do.
    Preempted,
    /// It lets others run.
    Yielded,
    /// It waits.
    Blocked,
    /// It is over.
    Ended,
}

impl Departure {
    /// Whether it can still run.
    #[must_use]
    pub const fn can_run(self) -> bool {
        matches!(self, Self::Preempted | Self::Yielded)
    }
}

impl<S: Scheduler + ?Sized> Scheduler for Arc<S> {
    fn begins(&self, core: CoreId) {
        (**self).begins(core);
    }

    fn ready(&self, core: CoreId, strand: Strand) {
        (**self).ready(core, strand);
    }

    fn left(&self, core: CoreId, strand: Strand, ran_ns: u64, departure: Departure) {
        (**self).left(core, strand, ran_ns, departure);
    }

    fn pick(&self, core: CoreId) -> Option<Turn> {
        (**self).pick(core)
    }
}
