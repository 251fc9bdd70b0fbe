//! Whereabouts: which domain an address belongs to, and what its functions have done with their callers' registers, for whoever
//! can't wait.
//!
//! The table of domains is behind a lock; a panic and an interrupt have to know all the same. So where each domain lies is
//! kept a second time, in a snapshot.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
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
}

impl Places {
    /// Whether `address` is one of the domain's.
    pub(crate) fn contains(&self, address: usize) -> bool {
        self.text.contains(&address) || self.rodata.contains(&address) || self.data.contains(&address)
    }
}

static NOBODY: Vec<(DomainId, Places)> = Vec::new();
static KNOWN: Snapshot<Vec<(DomainId, Places)>> = Snapshot::new(&GRACE, &NOBODY);
/// Lock order: before the heap's lock. Held while `KNOWN` is replaced.
static CHANGING: Lock<()> = Lock::new(());

/// Notes where a domain lies.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(crate) fn enter(id: DomainId, places: Places) {
    change(|known| known.push((id, places)));
}

/// Forgets a domain.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(crate) fn leave(id: DomainId) {
    change(|known| known.retain(|(other, _)| *other != id));
}

fn change(change: impl FnOnce(&mut Vec<(DomainId, Places)>)) {
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
    KNOWN.with(|known| known.iter().find(|(_, places)| places.text.contains(&address)).map(|(id, _)| *id))
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
            let (id, places) = known.iter().find(|(_, places)| places.text.contains(&pc))?;
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
