//! Means: what a domain draws on, and how much of it there may be.
//!
//! Versions that take each other's place have the same means: what the old one has on its heap, and what it has posted, goes on in
//! the new one's hands.

use super::heap::Heap;
use crate::authority::authority;
use alloc::sync::Arc;
use spindle_domain::Quotas;
use spindle_event::own_slots::{self, NoSlots, OwnSlots, SlotUsage};
use spindle_machine::own_heap::NoHeap;

/// What a domain may have on the heap if nobody says otherwise, in bytes.
const HEAP_BYTES: usize = 4 << 20;

/// What a domain draws on.
#[derive(Clone, Debug)]
pub(super) struct Means {
    /// Where its allocations come from.
    pub(super) heap: Arc<Heap>,
    /// What its posts travel in, if not in what is everybody's.
    slots: Option<Arc<Slots>>,
    /// What it may have.
    pub(super) quotas: Quotas,
}

/// Why a domain has no means.
#[derive(Debug)]
pub(super) enum NoMeans {
    Heap(NoHeap),
    Slots(NoSlots),
}

impl Means {
    /// Those of a domain that may have `quotas`.
    pub(super) fn new(quotas: Quotas) -> Result<Self, NoMeans> {
        let heap = Heap::new(quotas.heap_bytes.unwrap_or(HEAP_BYTES)).map_err(NoMeans::Heap)?;
        let slots = quotas.slots.map(|slots| OwnSlots::new(authority(), slots)).transpose();
        let slots = slots.map_err(NoMeans::Slots)?.map(|own| Arc::new(Slots(own)));
        Ok(Self { heap, slots, quotas })
    }

    /// Address of what it is linked to in the place of everybody's slots.
    pub(super) fn slots_address(&self) -> Option<u64> {
        self.slots.as_ref().map(|slots| slots.0.address() as u64)
    }

    /// What its slots are used for, if it has its own.
    pub(super) fn slot_usage(&self) -> Option<SlotUsage> {
        self.slots.as_ref().map(|slots| slots.0.usage())
    }
}

/// Slots of a domain's own. Dropping it, when nothing is on its way in them, gives them back.
#[derive(Debug)]
struct Slots(OwnSlots);

impl Drop for Slots {
    fn drop(&mut self) {
        own_slots::release(&self.0, authority());
    }
}
