//! Table: the slots of one table of references, with nobody else there.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::{Reference, ReferenceError};
use crate::capability::AnyCapability;

/// Slots that a word of [`Table::empty`] is about.
const WORD_BITS: usize = u64::BITS as usize;

/// See [`super::References`].
pub(super) struct Table {
    count: usize,
    /// The last generation of each slot.
    last: u64,
    /// Those that were ever occupied, and all below them.
    slots: Vec<Slot>,
    /// A bit for each slot that can be occupied, the lowest first.
    empty: Box<[u64]>,
    /// The address of each capability and its slot, in the order of addresses. Moving all of the largest table's costs less
    /// than a tree's code.
    places: Vec<(usize, usize)>,
}

struct Slot {
    /// That of what is in there; of what will be, in an empty one.
    generation: u64,
    held: Option<AnyCapability>,
}

impl Table {
    pub(super) fn new(count: usize, last: u64) -> Self {
        let mut empty = vec![u64::MAX; count.div_ceil(WORD_BITS)].into_boxed_slice();
        if let Some(word) = empty.last_mut()
            && !count.is_multiple_of(WORD_BITS)
        {
            *word = (1 << (count % WORD_BITS)) - 1;
        }
        Self { count, last, slots: Vec::new(), empty, places: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// How many bytes may be asked for to put one more in, into `wanted` or anywhere.
    pub(super) fn growth(&self, wanted: Option<usize>) -> usize {
        let slots = wanted
            .filter(|slot| *slot < self.count)
            .map_or(self.slots.len(), |slot| slot.max(self.slots.len()))
            + 1;
        let of = |is_full: bool, bytes: usize| if is_full { 2 * bytes } else { 0 };
        of(slots > self.slots.capacity(), slots * size_of::<Slot>())
            + of(
                self.places.len() == self.places.capacity(),
                (self.places.len() + 1) * size_of::<(usize, usize)>(),
            )
    }

    /// Puts a clone of `capability` into `slot`, or into the first that is empty.
    pub(super) fn put(
        &mut self,
        capability: &AnyCapability,
        wanted: Option<usize>,
    ) -> Result<Reference, ReferenceError> {
        if let Some(slot) = wanted.filter(|slot| *slot >= self.count) {
            return Err(ReferenceError::NoSlot { slot, slots: self.count });
        }
        let place = match self.place(capability) {
            Ok(found) => {
                let at = self.called(self.places[found].1);
                let is_right = wanted.is_none_or(|wanted| wanted == at.slot());
                return if is_right { Ok(at) } else { Err(ReferenceError::Elsewhere { at }) };
            }
            Err(place) => place,
        };
        let slot = match wanted {
            Some(slot) if self.is_empty(slot) => slot,
            Some(slot) if self.slots[slot].held.is_some() => {
                return Err(ReferenceError::Occupied { by: self.called(slot) });
            }
            Some(slot) => return Err(ReferenceError::UsedUp { slot }),
            None => self.first_empty().ok_or(ReferenceError::Full { slots: self.count })?,
        };
        if self.slots.len() <= slot {
            self.slots.resize_with(slot + 1, || Slot { generation: 1, held: None });
        }
        self.slots[slot].held = Some(capability.clone());
        self.mark(slot, false);
        self.places.splice(place..place, [(capability.address(), slot)]);
        Ok(self.called(slot))
    }

    pub(super) fn get(&self, reference: Reference) -> Result<&AnyCapability, ReferenceError> {
        let unknown = ReferenceError::Unknown { reference };
        let Some(slot) = self.slots.get(reference.slot()) else { return Err(unknown) };
        match &slot.held {
            Some(held) if slot.generation == reference.generation() => Ok(held),
            // A used-up slot's generation is beyond its last.
            _ if (1..slot.generation).contains(&reference.generation()) => {
                Err(ReferenceError::Stale { reference })
            }
            _ => Err(unknown),
        }
    }

    pub(super) fn take(&mut self, reference: Reference) -> Result<AnyCapability, ReferenceError> {
        self.get(reference)?;
        self.vacate(reference.slot()).ok_or(ReferenceError::Unknown { reference })
    }

    pub(super) fn take_all(&mut self) -> Vec<AnyCapability> {
        let mut all = Vec::with_capacity(self.places.len());
        // At once, and not one by one.
        self.places.clear();
        all.extend((0..self.slots.len()).filter_map(|slot| self.vacate(slot)));
        all
    }

    fn vacate(&mut self, slot: usize) -> Option<AnyCapability> {
        let emptied = &mut self.slots[slot];
        let held = emptied.held.take()?;
        emptied.generation += 1;
        let is_usable = emptied.generation <= self.last;
        if let Ok(place) = self.place(&held) {
            self.places.remove(place);
        }
        self.mark(slot, is_usable);
        Some(held)
    }

    /// Where in `places` a capability stands, or would.
    fn place(&self, capability: &AnyCapability) -> Result<usize, usize> {
        self.places.binary_search_by_key(&capability.address(), |(address, _)| *address)
    }

    /// What that which is in `slot` is called.
    fn called(&self, slot: usize) -> Reference {
        Reference::new(slot, self.slots[slot].generation)
    }

    fn is_empty(&self, slot: usize) -> bool {
        self.empty[slot / WORD_BITS] >> (slot % WORD_BITS) & 1 == 1
    }

    fn first_empty(&self) -> Option<usize> {
        let word = self.empty.iter().position(|word| *word != 0)?;
        Some(word * WORD_BITS + self.empty[word].trailing_zeros() as usize)
    }

    fn mark(&mut self, slot: usize, is_empty: bool) {
        let bit = 1 << (slot % WORD_BITS);
        let word = &mut self.empty[slot / WORD_BITS];
        if is_empty { *word |= bit } else { *word &= !bit }
    }
}
