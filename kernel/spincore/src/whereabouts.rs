//! Whereabouts: which domain an address belongs to, and what its functions have done with their callers' registers, for whoever
//! can't wait.
//!
//! The table of domains is behind a lock; a panic and an interrupt have to know all the same. So where each domain lies is
//! kept a second time, in a snapshot.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};
use spindle_domain::DomainId;
use spindle_machine::image;
use spindle_sync::{GRACE, Lock, Snapshot};
use spindle_unwind::{Rule, Table};

/// Where a domain lies, as addresses: how it is known what is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// Its instructions.
    pub(crate) text: Range<usize>,
    /// Its constants.
    pub(crate) rodata: Range<usize>,
    /// Its variables.
    pub(crate) data: Range<usize>,
    /// A table of frames, of its instructions.
    pub(crate) frames: Arc<[u8]>,
    /// A table of the names of its functions.
    pub(crate) names: Arc<[u8]>,
    /// Whether it was given control over the kernel.
    pub(crate) has_control: bool,
}

impl Places {
    /// Whether `address` is one of the domain's.
    pub(crate) fn contains(&self, address: usize) -> bool {
        self.text.contains(&address) || self.rodata.contains(&address) || self.data.contains(&address)
    }
}

/// A domain, and where it lies.
#[derive(Clone)]
struct Known {
    id: DomainId,
    places: Places,
    /// From when on its code is not to run any more, in ticks.
    ends_at: u64,
}

/// A domain whose end nobody has asked for.
const NEVER: u64 = u64::MAX;

static NOBODY: Vec<Known> = Vec::new();
static KNOWN: Snapshot<Vec<Known>> = Snapshot::new(&GRACE, &NOBODY);
/// Where the domain was found that was asked for last: it often is the next one, too.
static LAST: AtomicUsize = AtomicUsize::new(0);
/// Lock order: before the heap's lock. Held while `KNOWN` is replaced.
static CHANGING: Lock<()> = Lock::new(());

/// Notes where a domain lies.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(crate) fn enter(id: DomainId, places: Places) {
    change(|known| known.push(Known { id, places, ends_at: NEVER }));
}

/// Forgets a domain.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(crate) fn leave(id: DomainId) {
    change(|known| known.retain(|known| known.id != id));
}

/// Notes that code of these domains is not to run any more from `ticks` on.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(crate) fn end_at(ids: &[DomainId], ticks: u64) {
    change(|known| {
        let meant = known.iter_mut().filter(|known| ids.contains(&known.id));
        meant.for_each(|known| known.ends_at = ticks);
    });
}

/// Whether there is a domain whose code is not to run any more at `now`.
///
/// # Context
/// Any.
pub(crate) fn is_any_over(now: u64) -> bool {
    KNOWN.with(|known| known.iter().any(|known| known.ends_at <= now))
}

/// Whether the code at `address` is not to run any more at `now`.
///
/// # Context
/// Any.
pub(crate) fn is_over_at(address: usize, now: u64) -> bool {
    let is_it = |known: &Known| known.ends_at <= now && known.places.text.contains(&address);
    KNOWN.with(|known| known.iter().any(is_it))
}

fn change(change: impl FnOnce(&mut Vec<Known>)) {
    let _changing = CHANGING.lock();
    let mut known = KNOWN.with(Vec::clone);
    change(&mut known);
    KNOWN.replace(Box::new(known));
}

/// The domain whose instructions `address` lies among.
///
/// # Context
/// Any.
pub(crate) fn running_at(address: usize) -> Option<DomainId> {
    KNOWN.with(|all| {
        let is_it = |known: &&Known| known.places.text.contains(&address);
        // Relaxed: wherever it leads to, what is there is looked at.
        if let Some(known) = all.get(LAST.load(Ordering::Relaxed)).filter(is_it) {
            return Some(known.id);
        }
        let (place, known) = all.iter().enumerate().find(|(_, known)| is_it(known))?;
        LAST.store(place, Ordering::Relaxed);
        Some(known.id)
    })
}

/// Whether the domain `id` was given control over the kernel.
///
/// # Context
/// Any.
pub(crate) fn has_control(id: DomainId) -> bool {
    KNOWN.with(|known| known.iter().any(|known| known.id == id && known.places.has_control))
}

/// A place in code, as a walk over frames sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    /// Whose code it is; nobody's for the kernel's.
    pub(crate) domain: Option<DomainId>,
    /// Where its function begins.
    pub(crate) function: Option<usize>,
    /// What that has done with its caller's registers.
    pub(crate) rule: Option<Rule>,
    /// Where its frame is cleaned up if the call there does not return.
    pub(crate) pad: Option<usize>,
}

impl Spot {
    /// What there is to know of the instruction at `pc`; nothing, if it is nobody's.
    ///
    /// # Context
    /// Any.
    pub(crate) fn of(pc: usize) -> Option<Self> {
        let text = image::text();
        if (text.start.0..text.end.0).contains(&pc) {
            return Self::found(None, text.start.0, image::kframes(), pc);
        }
        KNOWN.with(|known| {
            let Known { id, places, .. } = known.iter().find(|known| known.places.text.contains(&pc))?;
            Self::found(Some(*id), places.text.start, &places.frames, pc)
        })
    }

    fn found(domain: Option<DomainId>, base: usize, frames: &[u8], pc: usize) -> Option<Self> {
        let table = Table::new(frames).unwrap_or(Table::empty());
        let offset = u32::try_from(pc.checked_sub(base)?).ok()?;
        let place = |offset: u32| base + offset as usize;
        Some(Self {
            domain,
            function: table.function_at(offset).map(place),
            rule: table.rule_at(offset),
            pad: table.landing_pad_at(offset).map(place),
        })
    }
}
