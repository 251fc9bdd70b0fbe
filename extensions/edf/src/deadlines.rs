//! Deadlines: all cores'.

use alloc::vec::Vec;

use edf_interface::{Need, NeedError};
use spindle_domain::Mutex;
use spindle_event::{CoreId, cores};
use spindle_scheduler::{Departure, Scheduler, Turn};
use spindle_strand::Strand;

use crate::core_deadlines::CoreDeadlines;

/// The deadlines of all cores.
pub(crate) struct Deadlines {
    cores: Vec<Mutex<CoreDeadlines>>,
}

impl Deadlines {
    pub(crate) fn new() -> Self {
        let last = cores::online().map(CoreId::index).max().unwrap_or(0);
        Self { cores: (0..=last).map(|_| Mutex::new(CoreDeadlines::new())).collect() }
    }

    /// Admits somebody, or has him go.
    pub(crate) fn take(&self, need: Need) -> Result<(), NeedError> {
        let broken = NeedError::Broken { core: need.core };
        self.with(need.core, move |core| match need.terms {
            Some(terms) => core.admit(need.strand, terms),
            None => core.dismiss(need.strand),
        })
        .unwrap_or(Err(broken))
    }

    /// A core whose deadlines are broken answers nothing, and so loses its scheduler.
    fn with<R: Send>(&self, core: CoreId, work: impl FnOnce(&mut CoreDeadlines) -> R + Send) -> Option<R> {
        self.cores.get(core.index())?.with(work).ok()
    }
}

impl Scheduler for Deadlines {
    fn begins(&self, core: CoreId) {
        let _ = self.with(core, CoreDeadlines::begin);
    }

    fn ready(&self, core: CoreId, strand: Strand) {
        let _ = self.with(core, move |deadlines| deadlines.ready(strand));
    }

    fn left(&self, core: CoreId, strand: Strand, ran_ns: u64, departure: Departure) {
        let _ = self.with(core, move |deadlines| deadlines.left(strand, ran_ns, departure));
    }

    fn pick(&self, core: CoreId) -> Option<Turn> {
        self.with(core, |deadlines| deadlines.pick()).flatten()
    }
}
