//! Rows: how the bindings of an event are called, of the event's own types, in pieces that tables share.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::array;

use crate::record::Slot;

/// How many rows lie side by side.
const CHUNK: usize = 32;

/// Rows by slot. Persistent: a copy shares all chunks, and a change makes one anew.
pub(crate) struct Rows<T> {
    chunks: Arc<[Arc<Chunk<T>>]>,
    /// A chunk without rows. What lies in its slots does nothing when it is called, so nobody has to ask before.
    empty: Arc<Chunk<T>>,
}

type Chunk<T> = [Place<T>; CHUNK];

/// A row. Aligned so that a place is found by a shift.
#[derive(Clone)]
#[repr(align(32))]
struct Place<T>(T);

/// One version of the rows, to be found in as few instructions as can be: in a box, whose address is that of its first word.
pub(crate) struct Quick<T>(Box<[Arc<Chunk<T>>]>);

impl<T> Quick<T> {
    /// As [`Rows::get`], for a number that may be none of a slot.
    #[inline(always)]
    pub(crate) fn get(&self, slot: u64) -> Option<&T> {
        let slot = slot as usize;
        Some(&self.0.get(slot / CHUNK)?[slot % CHUNK].0)
    }
}

impl<T: Clone> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Self { chunks: self.chunks.clone(), empty: self.empty.clone() }
    }
}

impl<T> Rows<T> {
    /// The row of that slot; for one that has none, nothing or what does nothing.
    #[inline(always)]
    pub(crate) fn get(&self, slot: Slot) -> Option<&T> {
        let slot = slot as usize;
        Some(&self.chunks.get(slot / CHUNK)?[slot % CHUNK].0)
    }

    /// This version, to find rows quickly. Takes as long as there are chunks.
    #[inline(never)]
    pub(crate) fn quick(&self) -> Quick<T> {
        Quick(self.chunks.iter().cloned().collect())
    }
}

impl<T: Clone> Rows<T> {
    /// No rows; `none` does nothing when it is called.
    #[inline(never)]
    pub(crate) fn new(none: T) -> Self {
        Self { chunks: Arc::default(), empty: Arc::new(array::from_fn(|_| Place(none.clone()))) }
    }

    /// These rows, or `none` if there are no old ones, with another row in that slot.
    // Not inlined, nor the others here: they are the same for all rows of so many words, and the linker keeps one.
    #[inline(never)]
    pub(crate) fn exchange(old: Option<&Self>, none: fn() -> Self, slot: Slot, row: Option<T>) -> Arc<Self> {
        Arc::new(match old {
            Some(old) => old.with(slot, row),
            None => none().with(slot, row),
        })
    }

    /// The same with another row in that slot.
    #[inline(never)]
    #[must_use]
    fn with(&self, slot: Slot, row: Option<T>) -> Self {
        let (place, slot) = (slot as usize / CHUNK, slot as usize % CHUNK);
        let chunk = |at: usize| self.chunks.get(at).unwrap_or(&self.empty);
        let (old, row) = (chunk(place), row.map(Place));
        let row = row.as_ref().unwrap_or(&self.empty[slot]);
        let new = Arc::new(array::from_fn(|at| if at == slot { row } else { &old[at] }.clone()));
        let count = self.chunks.len().max(place + 1);
        let chunks = (0..count).map(|at| if at == place { &new } else { chunk(at) }.clone()).collect();
        Self { chunks, empty: self.empty.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::Rows;

    #[test]
    fn rows_are_found_by_slot_and_old_copies_stay_as_they_were() {
        let none = Rows::new("none");
        let one = none.with(70, Some("seventy"));
        let two = one.with(3, Some("three")).with(70, None);
        assert_eq!((none.get(70), one.get(70), two.get(70)), (None, Some(&"seventy"), Some(&"none")));
        assert_eq!((one.get(3), two.get(3), two.get(1000)), (Some(&"none"), Some(&"three"), None));
        let found = |rows: &Rows<&'static str>| [3, 70, 1000].map(|slot| rows.quick().get(slot).copied());
        assert_eq!(found(&one), [Some("none"), Some("seventy"), None]);
        assert_eq!(found(&two), [Some("three"), Some("none"), None]);
    }
}
