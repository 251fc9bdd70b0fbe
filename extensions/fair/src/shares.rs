//! Shares: all cores', and what was asked for.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use fair_interface::{Share, ShareError};
use spindle_domain::Mutex;
use spindle_event::{CoreId, cores};
use spindle_policy::{LONGEST_SLICE_NS, MOST_WEIGHT};
use spindle_scheduler::{Departure, Scheduler, Turn};
use spindle_strand::{Priority, State, Strand};

use crate::core_shares::CoreShares;

/// What a strand has for which nothing was asked.
const SLICE_NS: u64 = 3_000_000;
const NORMAL_WEIGHT: u32 = 1024;
/// How many shares are noted before those of strands that have ended are looked for.
const FEW: usize = 64;

/// The shares of all cores.
pub(crate) struct Shares {
    cores: Vec<Mutex<CoreShares>>,
    asked: Mutex<BTreeMap<Strand, (u32, u64)>>,
}

impl Shares {
    pub(crate) fn new() -> Self {
        let last = cores::online().map(CoreId::index).max().unwrap_or(0);
        let cores = (0..=last).map(|_| Mutex::new(CoreShares::new())).collect();
        Self { cores, asked: Mutex::new(BTreeMap::new()) }
    }

    /// Notes what a strand is to have.
    pub(crate) fn set(&self, share: Share) -> Result<(), ShareError> {
        let Share { strand, weight, slice_ns } = share;
        if !(1..=MOST_WEIGHT).contains(&weight) {
            return Err(ShareError::Weight { weight });
        }
        if !(1..=LONGEST_SLICE_NS).contains(&slice_ns) {
            return Err(ShareError::Slice { slice_ns });
        }
        let noted = self.asked.with(|asked| {
            if asked.len() >= FEW && asked.len().is_power_of_two() {
                asked.retain(|strand, _| strand.state() != State::Ended);
            }
            asked.insert(strand, (weight, slice_ns));
        });
        noted.map_err(|_| ShareError::Broken)
    }

    fn of(&self, strand: Strand) -> (u32, u64) {
        let asked = self.asked.with(|asked| asked.get(&strand).copied()).ok().flatten();
        asked.unwrap_or_else(|| (weight_of(strand.priority().unwrap_or_default()), SLICE_NS))
    }

    /// A core whose shares are broken answers nothing, and so loses its scheduler.
    fn with<R: Send>(&self, core: CoreId, work: impl FnOnce(&mut CoreShares) -> R + Send) -> Option<R> {
        self.cores.get(core.index())?.with(work).ok()
    }
}

/// A quarter more for each step above the middle, a fifth less for each below.
fn weight_of(priority: Priority) -> u32 {
    let normal = Priority::NORMAL.number();
    let above = priority.number().saturating_sub(normal);
    let below = normal.saturating_sub(priority.number());
    let higher = (0..above).fold(NORMAL_WEIGHT, |weight, _| weight + weight / 4);
    (0..below).fold(higher, |weight, _| weight - weight / 5)
}

impl Scheduler for Shares {
    fn begins(&self, core: CoreId) {
        let _ = self.with(core, |shares| *shares = CoreShares::new());
    }

    fn ready(&self, core: CoreId, strand: Strand) {
        let (weight, slice_ns) = self.of(strand);
        let _ = self.with(core, move |shares| shares.ready(strand, weight, slice_ns));
    }

    fn left(&self, core: CoreId, strand: Strand, ran_ns: u64, departure: Departure) {
        let _ = self.with(core, move |shares| shares.left(strand, ran_ns, departure));
        if departure == Departure::Ended {
            let _ = self.asked.with(|asked| asked.remove(&strand));
        }
    }

    fn pick(&self, core: CoreId) -> Option<Turn> {
        self.with(core, |shares| shares.pick()).flatten()
    }
}
