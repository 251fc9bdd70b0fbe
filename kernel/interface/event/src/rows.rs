//! Rows: how the bindings of an event are called, of the event's own types, in pieces that tables share.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::record::Slot;

/// How many rows lie side by side.
const CHUNK: usize = 32;

/// Rows by slot. Persistent: a copy shares all chunks, and a change makes one anew.
pub(crate) struct Rows<T> {
    chunks: Arc<[Arc<[Option<T>; CHUNK]>]>,
}

impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Self { chunks: self.chunks.clone() }
    }
}

impl<T> Rows<T> {
    #[inline(always)]
    pub(crate) fn get(&self, slot: Slot) -> Option<&T> {
        let slot = slot as usize;
        self.chunks.get(slot / CHUNK)?[slot % CHUNK].as_ref()
    }
}

impl<T: Clone> Rows<T> {
    pub(crate) fn new() -> Self {
        Self { chunks: Arc::default() }
    }

    /// The same with another row in that slot.
    #[must_use]
    pub(crate) fn with(&self, slot: Slot, row: Option<T>) -> Self {
        let slot = slot as usize;
        let empty = || Arc::new([const { None }; CHUNK]);
        let mut chunks: Vec<_> = self.chunks.to_vec();
        while chunks.len() <= slot / CHUNK {
            chunks.push(empty());
        }
        let mut chunk: Box<[Option<T>; CHUNK]> = Box::new((*chunks[slot / CHUNK]).clone());
        chunk[slot % CHUNK] = row;
        chunks[slot / CHUNK] = Arc::from(chunk);
        Self { chunks: chunks.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::Rows;

    #[test]
    fn rows_are_found_by_slot_and_old_copies_stay_as_they_were() {
        let none = Rows::new();
        let one = none.with(70, Some("seventy"));
        let two = one.with(3, Some("three")).with(70, None);
        assert_eq!((none.get(70), one.get(70), two.get(70)), (None, Some(&"seventy"), None));
        assert_eq!((one.get(3), two.get(3), two.get(1000)), (None, Some(&"three"), None));
    }
}
