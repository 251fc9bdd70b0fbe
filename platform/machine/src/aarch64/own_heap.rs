//! Heaps of their own: each in a window of addresses of its own, with a limit, and given back as a whole.
//!
//! Whose a block is, is told by its address, with one comparison and without a lock; so whoever frees a block frees it where it
//! belongs. Which heap a block comes from is told by the way that the code was linked to ([`OwnHeap::ways`]). A window is backed by
//! frames of the kernel's heap as it is used up, and unmapped when the heap is released: a pointer that somebody has kept
//! leads nowhere from then on.
//!
//! Invariants: a window belongs to one heap; what is mapped in it lies in the heap's extents, and nowhere else is it mapped
//! writable but in the linear map, where nobody has an address of it.
//!
//! It does not know who a heap is for.

mod kept;
mod own;

use self::own::{MAPPED_BYTES, Own, Spare, USED_BYTES};
use super::{heap, layout};
use crate::account::cost;
use crate::address::VirtAddr;
use alloc::boxed::Box;
use core::alloc::Layout;
use core::arch::global_asm;
use core::ops::Range;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering};
use spindle_sync::{Authority, Lock, Locked, this_core};

pub use crate::account::{Shortage, Usage};
pub use crate::own_heap_error::{NoHeap, Ways};

global_asm!(include_str!("own_heap.s"));

/// Most heaps of their own; as many as `own_heap.s` has ways to.
const MOST: usize = 256;
/// Bytes of addresses of each.
const WINDOW_BYTES: usize = 256 << 20;
/// The most that a limit can be: what is in pieces leaves gaps between them.
const MOST_BYTES: usize = WINDOW_BYTES / 2;
/// Bytes of `own_heap.s` for each, and the distances of its second and third way.
const WAYS_BYTES: usize = 24;
const WAY_BYTES: usize = 8;

const _: () = assert!(layout::OWN_HEAPS_END - layout::OWN_HEAPS == MOST * WINDOW_BYTES);

/// Set by `new`, emptied by `release`; the lock is taken before that of the page tables.
static HEAPS: [AtomicPtr<Lock<Own>>; MOST] = [const { AtomicPtr::new(ptr::null_mut()) }; MOST];

unsafe extern "C" {
    /// The first of the ways, in `own_heap.s`.
    safe static own_heap_ways: [u8; 0];
}

/// A heap of its own.
#[derive(Debug)]
pub struct OwnHeap {
    number: usize,
}

impl OwnHeap {
    /// A heap that hands out at most `limit_bytes`, of which half a window counts, with nothing behind it yet.
    ///
    /// # Errors
    /// [`NoHeap`] when there are as many as there can be.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn new(limit_bytes: usize) -> Result<Self, NoHeap> {
        let new = Box::into_raw(Box::new(Lock::new(Own::new(limit_bytes.min(MOST_BYTES)))));
        for (number, place) in HEAPS.iter().enumerate() {
            // Release: whoever finds the pointer finds what it leads to.
            if place.compare_exchange(ptr::null_mut(), new, Ordering::Release, Ordering::Relaxed).is_ok() {
                let window = window(number);
                if let Some(own) = own(number) {
                    own.lock().free = window;
                }
                return Ok(Self { number });
            }
        }
        // SAFETY: it came from `into_raw` above and was shown to nobody.
        drop(unsafe { Box::from_raw(new) });
        Err(NoHeap { most: MOST })
    }

    /// The functions by which code allocates from it.
    #[must_use]
    pub fn ways(&self) -> Ways {
        let first = (&raw const own_heap_ways) as usize + self.number * WAYS_BYTES;
        let way = |at: usize| VirtAddr(first + at * WAY_BYTES);
        Ways { allocate: way(0), allocate_zeroed: way(1), reallocate: way(2) }
    }

    /// What it is used for.
    ///
    /// # Context
    /// Not in interrupt context.
    #[must_use]
    pub fn usage(&self) -> Usage {
        own(self.number).map_or(Usage::default(), |own| own.lock().usage)
    }
}

/// Unmaps a heap on all cores and gives back all that is behind it. Hence the authority: only who knows that nobody uses a block of
/// it any more may ask.
///
/// # Context
/// Not in interrupt context. Only when no code can run that is linked to its ways, and nobody will read, write or free a
/// block of it.
pub fn release(own: OwnHeap, _: &Authority) {
    let OwnHeap { number } = own;
    let Some(inner) = self::own(number) else { return };
    let is_unmapped = inner.lock().give_all_back();
    if !is_unmapped {
        // Its addresses are used no more.
        return;
    }
    // Acquire, release: who takes the place next finds nothing mapped.
    let inner = HEAPS[number].swap(ptr::null_mut(), Ordering::AcqRel);
    // SAFETY: it came from `into_raw` in `new` and is in its place no more; the only `OwnHeap` of this number was consumed, and
    // nobody else looks, by the context that is asked for.
    drop(unsafe { Box::from_raw(inner) });
}

/// Bytes of RAM behind all heaps of their own, and bytes of the blocks that are handed out of it.
pub(crate) fn statistics() -> (usize, usize) {
    (MAPPED_BYTES.load(Ordering::Relaxed), USED_BYTES.load(Ordering::Relaxed))
}

const fn window(number: usize) -> Range<usize> {
    let start = layout::OWN_HEAPS + number * WINDOW_BYTES;
    start..start + WINDOW_BYTES
}

/// Which heap the block at `address` belongs to; none for a block of the kernel's.
#[inline]
pub(super) fn number_of(address: usize) -> Option<usize> {
    let beyond = address.wrapping_sub(layout::OWN_HEAPS);
    (beyond < MOST * WINDOW_BYTES).then_some(beyond / WINDOW_BYTES)
}

fn own(number: usize) -> Option<&'static Lock<Own>> {
    // Acquire: pairs with `new`.
    let found = NonNull::new(HEAPS.get(number)?.load(Ordering::Acquire))?;
    // SAFETY: it came from a box that only `release` takes back, when nobody looks any more.
    Some(unsafe { found.as_ref() })
}

/// A block of heap `number`; null when it is not to be had.
///
/// Code that has masked interrupts may be holding a lock, so nothing that fails there can be given up. It gets its block as long as
/// there is any, and whoever asks next without a lock is refused.
#[inline(always)]
pub(super) fn allocate(number: usize, layout: Layout) -> *mut u8 {
    let Some(own) = own(number) else { return ptr::null_mut() };
    let (bytes, must_be) = (cost(layout), this_core::is_masked());
    let mut own = own.lock();
    match own.allocate_kept(bytes, must_be) {
        Some(block) => block.as_ptr(),
        None => allocate_other(own, bytes, must_be),
    }
}

/// As [`allocate`], of a heap that has kept none, or not near the last one.
#[inline(never)]
fn allocate_other(mut own: Locked<'_, Own>, bytes: usize, must_be: bool) -> *mut u8 {
    match own.allocate(bytes, must_be) {
        Ok(block) => block.as_ptr(),
        Err(cause) => {
            own.usage.refuse(cause);
            ptr::null_mut()
        }
    }
}

/// Takes a block of heap `number` back.
///
/// # Safety
/// The block came from [`allocate`] of that number, with this layout, and is used no more.
pub(super) unsafe fn free(number: usize, block: NonNull<u8>, layout: Layout) {
    let Some(own) = own(number) else { return };
    let mut own = own.lock();
    let bytes = cost(layout);
    match own.mark_near(block, bytes, false) {
        // As its mark has said it was handed out until now; the rest is the caller's promise.
        Some(true) => take_back(own, Spare { block, bytes }),
        // Code whose bits have flipped breaks the promise. It may lose its own blocks, and no more.
        Some(false) => {}
        None => free_far(own, block, bytes),
    }
}

/// As [`free`], which promises the same, of a block that is not where the last one was.
#[inline(never)]
fn free_far(mut own: Locked<'_, Own>, block: NonNull<u8>, bytes: usize) {
    if own.mark(block, bytes, false) {
        take_back(own, Spare { block, bytes });
    }
}

/// Keeps a block that is handed out no more, or puts it among the others.
#[inline(always)]
fn take_back(mut own: Locked<'_, Own>, spare: Spare) {
    own.usage.discharge(spare.bytes);
    USED_BYTES.fetch_sub(spare.bytes, Ordering::Relaxed);
    if !own.kept.put(spare.block, spare.bytes) {
        put_among_others(own, spare);
    }
}

// Apart: it takes registers.
#[inline(never)]
fn put_among_others(mut own: Locked<'_, Own>, spare: Spare) {
    own.give_back(spare);
}

/// What the first way of `own_heap.s` leads to: the heap's number stands behind what `__rust_alloc` is given.
#[unsafe(no_mangle)]
extern "C" fn own_heap_allocate(size: usize, align: usize, number: usize) -> *mut u8 {
    let Ok(layout) = Layout::from_size_align(size, align) else { return ptr::null_mut() };
    allocate(number, layout)
}

/// The second: `__rust_alloc_zeroed`.
#[unsafe(no_mangle)]
extern "C" fn own_heap_allocate_zeroed(size: usize, align: usize, number: usize) -> *mut u8 {
    let block = own_heap_allocate(size, align, number);
    if !block.is_null() {
        // SAFETY: a block of that size, ours alone.
        unsafe { block.write_bytes(0, size) };
    }
    block
}

/// The third: `__rust_realloc`. A block moves into the heap of whoever has it grow, wherever it came from.
///
/// # Safety
/// As for `alloc::alloc::realloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn own_heap_reallocate(
    block: *mut u8,
    old_size: usize,
    align: usize,
    new_size: usize,
    number: usize,
) -> *mut u8 {
    let (Some(block), Ok(old)) = (NonNull::new(block), Layout::from_size_align(old_size, align)) else {
        return ptr::null_mut();
    };
    let Ok(new) = Layout::from_size_align(new_size, align) else { return ptr::null_mut() };
    if cost(old) == cost(new) && number_of(block.as_ptr() as usize) == Some(number) {
        return block.as_ptr();
    }
    let moved = own_heap_allocate(new_size, align, number);
    if !moved.is_null() {
        // SAFETY: two different blocks, each at least that long.
        unsafe { ptr::copy_nonoverlapping(block.as_ptr(), moved, old_size.min(new_size)) };
        // SAFETY: the caller's promise; its content has moved.
        unsafe { heap::free(block, old) };
    }
    moved
}
