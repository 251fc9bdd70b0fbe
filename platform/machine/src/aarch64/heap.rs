//! The heap and the frames: one buddy allocator over all free RAM, reached through the linear map.
//!
//! Invariant: every block it hands out lies in the linear map, mapped read-write. It does not know who asks; accounts per
//! domain are kept above.

use crate::address::PAGE_SIZE;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use spindle_sync::Lock;

/// The largest block is 2^(ORDER-1) bytes: 8 GiB.
const ORDER: usize = 34;

static BUDDY: Lock<buddy_system_allocator::Heap<ORDER>> = Lock::new(buddy_system_allocator::Heap::empty());

/// A frame as the heap knows it.
const FRAME: Layout = match Layout::from_size_align(PAGE_SIZE, PAGE_SIZE) {
    Ok(layout) => layout,
    Err(_) => panic!("a page is a valid layout"),
};

/// The global allocator of the image.
///
/// # Context
/// Not in interrupt context. Masks interrupts while it holds its lock, so it may be used with interrupts on.
#[derive(Debug, Clone, Copy)]
pub struct Heap;

// SAFETY: the buddy allocator hands out disjoint blocks of at least the layout's size and alignment, under a lock.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BUDDY.lock().alloc(layout).map_or(core::ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(block) = NonNull::new(block) {
            // SAFETY: the caller promises that `block` came from `alloc` with this layout.
            unsafe { BUDDY.lock().dealloc(block, layout) };
        }
    }
}

/// Gives the addresses `start..end` to the heap.
///
/// # Safety
/// The range is mapped read-write for ever and used by nobody.
pub(crate) unsafe fn give(start: usize, end: usize) {
    // SAFETY: the caller's promise.
    unsafe { BUDDY.lock().add_to_heap(start, end) };
}

/// One zeroed frame, by its address in the linear map; `None` when memory is used up.
pub(crate) fn zeroed_frame() -> Option<NonNull<u8>> {
    let frame = BUDDY.lock().alloc(FRAME).ok()?;
    // SAFETY: the block is one page, ours alone.
    unsafe { frame.write_bytes(0, PAGE_SIZE) };
    Some(frame)
}

/// Gives a frame of [`zeroed_frame`] back.
///
/// # Safety
/// The frame came from [`zeroed_frame`] and is used no more.
pub(crate) unsafe fn free_frame(frame: NonNull<u8>) {
    // SAFETY: the caller's promise; the layout is that of `zeroed_frame`.
    unsafe { BUDDY.lock().dealloc(frame, FRAME) };
}

/// Bytes given to the heap, and bytes that are allocated, rounded up as the allocator rounds.
pub(crate) fn statistics() -> (usize, usize) {
    let heap = BUDDY.lock();
    (heap.stats_total_bytes(), heap.stats_alloc_actual())
}
