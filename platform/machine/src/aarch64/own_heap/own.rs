//! Own: what one heap is made of, and how a block comes out of it and goes back.
//!
//! Pieces of RAM lie behind its window of addresses, as many as it has grown by. A block that is handed out is marked in the piece where
//! it begins, so nothing is taken back twice. All is done under the heap's lock.
//!
//! Does not know who calls, nor by which way.

use super::super::memory::KERNEL_MAP;
use super::super::page_table::Kind;
use super::super::{heap, layout};
use super::kept::Kept;
use crate::account::{LEAST, Shortage, Usage, growth};
use crate::address::VirtAddr;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::ops::Range;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

/// The largest block is 2^(ORDER-1) bytes: a window.
const ORDER: usize = 29;
/// How little RAM is put behind one at a time, in bytes.
const LEAST_GROWTH: usize = 16 << 10;
/// Bits of a word.
const BITS: usize = u64::BITS as usize;
/// Most pieces of RAM behind one: it grows by a quarter, so 64 are plenty for a window.
const MOST_EXTENTS: usize = 64;
/// Bytes of RAM behind all of them, with what notes the blocks there, and bytes of the blocks handed out. Relaxed: numbers to look at.
pub(super) static MAPPED_BYTES: AtomicUsize = AtomicUsize::new(0);
pub(super) static USED_BYTES: AtomicUsize = AtomicUsize::new(0);

/// A piece of RAM behind a window.
struct Extent {
    /// Where it is mapped.
    start: usize,
    bytes: usize,
    /// The block of the kernel's heap.
    frames: NonNull<u8>,
    /// Where a block begins that is handed out: a bit for each place where one can.
    taken: Vec<u64>,
}

impl Extent {
    /// The word and the bit of a block that begins at `start`; none if that is elsewhere. (It may reach into the next piece.)
    #[inline(always)]
    fn mark(&mut self, start: usize) -> Option<(&mut u64, u64)> {
        let place = start.checked_sub(self.start)? / LEAST;
        Some((self.taken.get_mut(place / BITS)?, 1 << (place % BITS)))
    }
}

/// A block that is about to be put among those that there are.
pub(super) struct Spare {
    // INVARIANT: of `find_room`, with so many bytes; neither used nor marked nor kept.
    pub(super) block: NonNull<u8>,
    pub(super) bytes: usize,
}

/// What a heap is made of.
pub(super) struct Own {
    blocks: buddy_system_allocator::Heap<ORDER>,
    /// Of what is not handed out, what need not be looked for.
    pub(super) kept: Kept,
    pub(super) usage: Usage,
    /// The first is where the last block was.
    extents: [Option<Extent>; MOST_EXTENTS],
    /// Addresses that were never mapped.
    pub(super) free: Range<usize>,
}

// SAFETY: an extent's pointer is that of a block that belongs to the heap; whoever has the heap may use it.
unsafe impl Send for Own {}

/// A block of so many bytes, as `blocks` knows it, from which it comes and where it goes with the same layout; none if it would be too long.
fn whole(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes, LEAST).ok()
}

/// How many words there are to note which blocks of so many bytes are handed out.
fn words_of_marks(bytes: usize) -> usize {
    (bytes / LEAST).div_ceil(BITS)
}

/// What a piece of RAM takes with these: both are powers of two, so that is what the kernel's heap gives for them.
fn with_marks(bytes: usize) -> usize {
    bytes + words_of_marks(bytes) * size_of::<u64>()
}

impl Own {
    /// One with nothing behind it, that hands out so much at most.
    pub(super) fn new(limit_bytes: usize) -> Self {
        Self {
            blocks: buddy_system_allocator::Heap::empty(),
            kept: Kept::new(),
            usage: Usage::new(limit_bytes),
            extents: [const { None }; MOST_EXTENTS],
            free: 0..0,
        }
    }

    /// Unmaps all, and gives the frames back; whether all of it could be unmapped. What could not stays taken.
    pub(super) fn give_all_back(&mut self) -> bool {
        USED_BYTES.fetch_sub(self.usage.bytes, Ordering::Relaxed);
        (self.usage.bytes, self.usage.limit_bytes) = (0, 0);
        let mut is_unmapped = true;
        for place in &mut self.extents {
            let Some(Extent { start, bytes, frames, .. }) = *place else { continue };
            let unmapped = KERNEL_MAP.lock().as_mut().map_or(Ok(()), |map| map.unmap(start..start + bytes));
            if unmapped.is_err() {
                is_unmapped = false;
                continue;
            }
            *place = None;
            // SAFETY: the block of `grow`, whose only mapping in use is gone.
            unsafe { heap::give_back(frames, bytes) };
            MAPPED_BYTES.fetch_sub(with_marks(bytes), Ordering::Relaxed);
        }
        is_unmapped
    }

    /// Notes whether the block of `bytes`, a power of two, is handed out; whether that is something new. Nothing if it is not where the
    /// last one was.
    #[inline(always)]
    pub(super) fn mark_near(&mut self, block: NonNull<u8>, bytes: usize, is_taken: bool) -> Option<bool> {
        let start = block.as_ptr() as usize;
        let (word, bit) = self.extents.first_mut()?.as_mut()?.mark(start)?;
        if start & (bytes - 1) != 0 {
            return Some(false);
        }
        let was_taken = *word & bit != 0;
        *word = if is_taken { *word | bit } else { *word & !bit };
        Some(was_taken != is_taken)
    }

    /// The same, wherever it is.
    pub(super) fn mark(&mut self, block: NonNull<u8>, bytes: usize, is_taken: bool) -> bool {
        let start = block.as_ptr() as usize;
        let is_there =
            |extent: &mut Option<Extent>| extent.as_mut().is_some_and(|extent| extent.mark(start).is_some());
        let Some(place) = self.extents.iter_mut().position(is_there) else { return false };
        self.extents.swap(0, place);
        self.mark_near(block, bytes, is_taken) == Some(true)
    }

    /// A block of `bytes`, if one was kept where the last one was, and may be had.
    #[inline(always)]
    pub(super) fn allocate_kept(&mut self, bytes: usize, must_be: bool) -> Option<NonNull<u8>> {
        let block = self.kept.last(bytes)?;
        // Only charged when it is marked: else it is found another way.
        if !self.usage.has_room(bytes, must_be) || self.mark_near(block, bytes, true) != Some(true) {
            return None;
        }
        self.kept.drop_last(bytes);
        self.usage.add(bytes);
        USED_BYTES.fetch_add(bytes, Ordering::Relaxed);
        Some(block)
    }

    pub(super) fn allocate(&mut self, bytes: usize, must_be: bool) -> Result<NonNull<u8>, Shortage> {
        self.usage.charge(bytes, must_be)?;
        match self.find_room(bytes, must_be) {
            Ok(block) => {
                self.mark(block, bytes, true);
                USED_BYTES.fetch_add(bytes, Ordering::Relaxed);
                Ok(block)
            }
            Err(cause) => {
                self.usage.discharge(bytes);
                Err(cause)
            }
        }
    }

    /// A block that nobody has: of those there are, else of what the kept ones make with others, else of new RAM.
    fn find_room(&mut self, bytes: usize, must_be: bool) -> Result<NonNull<u8>, Shortage> {
        let whole = whole(bytes).ok_or(Shortage::NoAddresses { bytes })?;
        if let Some(block) = self.kept.take(bytes) {
            return Ok(block);
        }
        if let Ok(block) = self.blocks.alloc(whole) {
            return Ok(block);
        }
        while let Some((block, bytes)) = self.kept.take_any() {
            self.give_back(Spare { block, bytes });
        }
        if let Ok(block) = self.blocks.alloc(whole) {
            return Ok(block);
        }
        self.grow(bytes, must_be)?;
        self.blocks.alloc(whole).map_err(|()| Shortage::NoAddresses { bytes })
    }

    /// Puts a block among those that nobody has.
    pub(super) fn give_back(&mut self, spare: Spare) {
        if let Some(whole) = whole(spare.bytes) {
            // SAFETY: of `find_room`, with this layout, and nobody has it, by the invariant.
            unsafe { self.blocks.dealloc(spare.block, whole) };
        }
    }

    /// Puts RAM behind it so that a block of `bytes` has room.
    fn grow(&mut self, bytes: usize, must_be: bool) -> Result<(), Shortage> {
        let place = self.extents.iter_mut().find(|extent| extent.is_none());
        let place = place.ok_or(Shortage::NoAddresses { bytes })?;
        let wanted = growth(bytes, self.usage.mapped_bytes, self.usage.limit_bytes, LEAST_GROWTH, must_be);
        let start = self.free.start.next_multiple_of(wanted);
        let end = start.checked_add(wanted).filter(|end| *end <= self.free.end);
        let end = end.ok_or(Shortage::NoAddresses { bytes })?;
        let mut taken = Vec::new();
        let words = words_of_marks(wanted);
        taken.try_reserve_exact(words).map_err(|_| Shortage::NoMemory { bytes })?;
        taken.resize(words, 0);
        let frames = heap::take(wanted, must_be).ok_or(Shortage::NoMemory { bytes })?;
        let physical = layout::physical(VirtAddr(frames.as_ptr() as usize));
        let mapped = KERNEL_MAP
            .lock()
            .as_mut()
            .is_some_and(|map| map.map_pages(start..end, physical, Kind::Data).is_ok());
        if !mapped {
            // Part of it may be mapped: neither frames nor addresses are used again.
            self.free.start = end;
            return Err(Shortage::NoAddresses { bytes });
        }
        *place = Some(Extent { start, bytes: wanted, frames, taken });
        self.free.start = end;
        self.usage.mapped_bytes += wanted;
        MAPPED_BYTES.fetch_add(with_marks(wanted), Ordering::Relaxed);
        // SAFETY: mapped read-write just now, in addresses that were never given to it, and used by nobody.
        unsafe { self.blocks.add_to_heap(start, end) };
        Ok(())
    }
}
