//! Kept: the last small blocks that were freed, by their sizes, so that the next ones of these are there without splitting and merging.
//!
//! They are free: neither charged nor marked, and merged with others before a heap grows. Only a few of a size, since what is kept
//! keeps its neighbours small.

use crate::account::LEAST;
use core::ptr::NonNull;

/// How many sizes are kept: powers of two from the least.
const SIZES: usize = 7;
/// How many of a size.
const MOST: usize = 4;

/// Blocks of one size, the last freed first to go.
#[derive(Clone, Copy)]
struct Blocks {
    count: usize,
    blocks: [Option<NonNull<u8>>; MOST],
}

/// Blocks that nobody has.
pub(super) struct Kept {
    sizes: [Blocks; SIZES],
}

impl Kept {
    pub(super) const fn new() -> Self {
        Self { sizes: [Blocks { count: 0, blocks: [None; MOST] }; SIZES] }
    }

    /// The block of `bytes`, a power of two, that was kept last.
    #[inline(always)]
    pub(super) fn last(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let of_size = self.of(bytes)?;
        *of_size.blocks.get(of_size.count.wrapping_sub(1))?
    }

    /// Takes out the [`last`](Self::last).
    #[inline(always)]
    pub(super) fn drop_last(&mut self, bytes: usize) {
        if let Some(of_size) = self.of(bytes) {
            of_size.count = of_size.count.saturating_sub(1);
        }
    }

    /// Takes the [`last`](Self::last).
    pub(super) fn take(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let last = self.last(bytes);
        self.drop_last(bytes);
        last
    }

    /// Keeps a block of `bytes`, a power of two, that nobody has; whether it does.
    #[inline(always)]
    pub(super) fn put(&mut self, block: NonNull<u8>, bytes: usize) -> bool {
        let Some(of_size) = self.of(bytes) else { return false };
        let Some(place) = of_size.blocks.get_mut(of_size.count) else { return false };
        *place = Some(block);
        of_size.count += 1;
        true
    }

    /// Any block, and how many bytes it has.
    pub(super) fn take_any(&mut self) -> Option<(NonNull<u8>, usize)> {
        (0..SIZES).map(|size| LEAST << size).find_map(|bytes| Some((self.take(bytes)?, bytes)))
    }

    #[inline(always)]
    fn of(&mut self, bytes: usize) -> Option<&mut Blocks> {
        self.sizes.get_mut((bytes / LEAST).trailing_zeros() as usize)
    }
}
