//! Published crates: what an extension says that others can be linked to.
//!
//! The record has the hashes of the symbols, not their names: an importer has the names, and the kernel's own exports are
//! kept the same way. A published crate always has a digest, so that nothing links to it without having seen it.

use core::fmt;

use super::{MAX_PUBLISHED_SYMBOLS, NoteError, Reader};
use crate::digest::Digest;
use crate::order::rising;

/// An interface crate that an extension publishes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Published<'n> {
    /// Name of the crate, as the compiler knows it (`ledger_interface`).
    pub name: &'n str,
    /// What it looks like to the compiler.
    pub digest: Digest,
    hashes: &'n [[u8; 8]],
}

impl<'n> Published<'n> {
    /// [`fnv1a64`](crate::export::fnv1a64) of each symbol that the crate exports, rising.
    pub fn symbols(&self) -> impl ExactSizeIterator<Item = u64> + use<'n> {
        self.hashes.iter().map(|hash| u64::from_le_bytes(*hash))
    }

    /// Reads what stands behind the name of the record that begins at `at`.
    pub(super) fn read(name: &'n str, at: usize, reader: &mut Reader<'n>) -> Result<Self, NoteError> {
        let digest = Digest(*reader.chunk()?);
        if digest.is_none() {
            return Err(NoteError::NoDigest { at });
        }
        let count = u32::from_le_bytes(*reader.chunk::<4>()?);
        if count as usize > MAX_PUBLISHED_SYMBOLS {
            return Err(NoteError::TooManySymbols { count: count as usize });
        }
        let (hashes, _) = reader.take(count as usize * size_of::<u64>())?.as_chunks();
        let published = Self { name, digest, hashes };
        for (index, (one, next)) in published.symbols().zip(published.symbols().skip(1)).enumerate() {
            if one == next {
                return Err(NoteError::SymbolTwice { hash: one });
            }
            if one > next {
                return Err(NoteError::NotSorted { at, index: index + 1 });
            }
        }
        Ok(published)
    }
}

/// Whether no symbol is in two of the crates, and all together are few enough.
pub(super) fn check(published: &[Published<'_>]) -> Result<(), NoteError> {
    let count = published.iter().map(|published| published.hashes.len()).sum();
    if count > MAX_PUBLISHED_SYMBOLS {
        return Err(NoteError::TooManySymbols { count });
    }
    let hashes = rising(published.iter().flat_map(Published::symbols));
    let twice = hashes.windows(2).find_map(|pair| match pair {
        [(one, _), (next, _)] if one == next => Some(*one),
        _ => None,
    });
    twice.map_or(Ok(()), |hash| Err(NoteError::SymbolTwice { hash }))
}

impl fmt::Debug for Published<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, digest, hashes } = self;
        write!(out, "Published({name}, {digest}, {} symbols)", hashes.len())
    }
}
