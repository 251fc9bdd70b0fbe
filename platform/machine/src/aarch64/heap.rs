//! The heap and the frames: one buddy allocator over all free RAM, reached through the linear map.
//!
//! Invariant: every block it hands out lies in the linear map, mapped read-write. It does not know who asks; heaps with an
//! account are [`own_heap`]'s, which takes what is behind them from here. A block that is freed goes back to where it came from,
//! whoever frees it.

use super::own_heap;
use crate::account::cost;
use crate::address::PAGE_SIZE;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use spindle_sync::{Lock, Once, this_core};

/// The largest block is 2^(ORDER-1) bytes: 8 GiB.
const ORDER: usize = 34;

static BUDDY: Lock<buddy_system_allocator::Heap<ORDER>> = Lock::new(buddy_system_allocator::Heap::empty());

/// Between which addresses all blocks lie. Relaxed: written while the first core starts.
static LOWEST: AtomicUsize = AtomicUsize::new(usize::MAX);
static HIGHEST: AtomicUsize = AtomicUsize::new(0);

/// How much is left to the kernel when a heap of its own grows, in bytes.
const RESERVE_BYTES: usize = 2 << 20;

/// When less than this is left, in bytes, the kernel says who gets memory of it.
const SCARCE_BYTES: usize = 1 << 20;

/// Says whether who asks now gets memory although it is scarce.
pub(super) static JUDGE: Once<fn() -> bool> = Once::INIT;
/// How often somebody did not. Relaxed: a number to look at.
static REFUSALS: AtomicU64 = AtomicU64::new(0);

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
        allocate(layout)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(block) = NonNull::new(block) {
            // SAFETY: the caller promises that `block` came from `alloc` with this layout.
            unsafe { free(block, layout) };
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let (Some(old), Ok(new)) = (NonNull::new(block), Layout::from_size_align(new_size, layout.align()))
        else {
            return ptr::null_mut();
        };
        if cost(layout) == cost(new) {
            return block;
        }
        let moved = match own_heap::number_of(block as usize) {
            // What the kernel has grow for its owner stays the owner's.
            Some(number) => own_heap::allocate(number, new),
            None => allocate(new),
        };
        if !moved.is_null() {
            // SAFETY: two different blocks, each at least that long.
            unsafe { ptr::copy_nonoverlapping(block, moved, layout.size().min(new_size)) };
            // SAFETY: the caller's promise; its content has moved.
            unsafe { free(old, layout) };
        }
        moved
    }
}

/// A block of the kernel's; null when memory is used up, or scarce and not for who asks.
///
/// Code that has masked interrupts may be holding a lock, so nothing that fails there can be given up: it gets its block as long as
/// there is any.
pub(super) fn allocate(layout: Layout) -> *mut u8 {
    let must_be = this_core::is_masked();
    {
        let mut buddy = BUDDY.lock();
        if must_be || left(&buddy) >= cost(layout).saturating_add(SCARCE_BYTES) {
            return buddy.alloc(layout).map_or(ptr::null_mut(), NonNull::as_ptr);
        }
    }
    allocate_scarce(layout)
}

/// As [`allocate`], of the little that is left.
#[cold]
fn allocate_scarce(layout: Layout) -> *mut u8 {
    // Asked without the lock: the stack is looked at.
    if JUDGE.get().is_some_and(|may_have| !may_have()) {
        REFUSALS.fetch_add(1, Ordering::Relaxed);
        return ptr::null_mut();
    }
    BUDDY.lock().alloc(layout).map_or(ptr::null_mut(), NonNull::as_ptr)
}

fn left(buddy: &buddy_system_allocator::Heap<ORDER>) -> usize {
    buddy.stats_total_bytes().saturating_sub(buddy.stats_alloc_actual())
}

/// Takes a block back to where it came from.
///
/// # Safety
/// The block came from here or from a heap of its own, with this layout, and is used no more.
pub(super) unsafe fn free(block: NonNull<u8>, layout: Layout) {
    match own_heap::number_of(block.as_ptr() as usize) {
        // SAFETY: the caller's promise; the address says which heap.
        Some(number) => unsafe { own_heap::free(number, block, layout) },
        // Code whose bits have flipped breaks the promise, and what is no block must not become one.
        None if !may_be_block(block.as_ptr() as usize, cost(layout)) => {}
        // SAFETY: the caller's promise.
        None => unsafe { BUDDY.lock().dealloc(block, layout) },
    }
}

/// Whether a block of so many bytes could lie there.
fn may_be_block(start: usize, bytes: usize) -> bool {
    let all = LOWEST.load(Ordering::Relaxed)..HIGHEST.load(Ordering::Relaxed);
    start.is_multiple_of(bytes) && all.contains(&start)
}

/// Whole frames for a heap of its own, `bytes` that are a power of two; `None` when only the kernel's reserve is left, of which
/// what `must_be` had is taken.
pub(super) fn take(bytes: usize, must_be: bool) -> Option<NonNull<u8>> {
    let layout = Layout::from_size_align(bytes, bytes).ok()?;
    let mut buddy = BUDDY.lock();
    if !must_be && left(&buddy) < bytes.saturating_add(RESERVE_BYTES) {
        return None;
    }
    buddy.alloc(layout).ok()
}

/// Gives frames of [`take`] back.
///
/// # Safety
/// They came from [`take`], with this many bytes, and are used no more.
pub(super) unsafe fn give_back(frames: NonNull<u8>, bytes: usize) {
    if let Ok(layout) = Layout::from_size_align(bytes, bytes) {
        // SAFETY: the caller's promise.
        unsafe { BUDDY.lock().dealloc(frames, layout) };
    }
}

/// Gives the addresses `start..end` to the heap.
///
/// # Safety
/// The range is mapped read-write for ever and used by nobody.
pub(crate) unsafe fn give(start: usize, end: usize) {
    LOWEST.fetch_min(start, Ordering::Relaxed);
    HIGHEST.fetch_max(end, Ordering::Relaxed);
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

/// Bytes that are left, and how often somebody was refused them since they were scarce.
pub(crate) fn rest() -> (usize, u64) {
    (left(&BUDDY.lock()), REFUSALS.load(Ordering::Relaxed))
}

/// As [`statistics`]; `None` while somebody has the heap. Does not wait.
pub(crate) fn statistics_now() -> Option<(usize, usize)> {
    let heap = BUDDY.try_lock()?;
    Some((heap.stats_total_bytes(), heap.stats_alloc_actual()))
}

/// Bytes given to the heap, and bytes that are allocated, rounded up as the allocator rounds.
pub(crate) fn statistics() -> (usize, usize) {
    let heap = BUDDY.lock();
    (heap.stats_total_bytes(), heap.stats_alloc_actual())
}
