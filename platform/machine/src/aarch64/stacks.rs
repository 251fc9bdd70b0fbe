//! Stacks for strands: of three sizes, each with the room for a reserve and an unmapped page below.
//!
//! Each size has a window of addresses, divided into slots; a stack lies at the upper end of its slot. A slot whose strand has
//! ended keeps its frames for the next one, up to [`SPARE`] of a size; the frames of the others go back. Slots are never given to
//! anything else, so page tables that were made for them stay.
//!
//! What lies below a stack is `reserve.rs`'s: it maps the core's own reserve there for as long as a function of the kernel needs it.
//!
//! Lock order: a size's list is taken before the kernel's page tables and the heap.

use super::memory::{KERNEL_MAP, below};
use super::page_table::{Kind, VALID, leaf};
use super::{heap, layout};
use crate::address::{PAGE_SIZE, VirtAddr};
pub use crate::stack_error::{NoStack, StackBytes};
use alloc::vec::Vec;
use core::ops::Range;
use core::sync::atomic::Ordering;
use spindle_sync::{Authority, Lock};

/// Distance of two stacks: the largest, the reserve, an unmapped page, rounded up.
const SLOT: usize = 64 << 10;
/// How many there are of a size, at most.
const SLOTS: usize = 16 << 10;
/// Addresses of a size.
const WINDOW: usize = SLOT * SLOTS;
/// How many of a size keep their frames without being used.
const SPARE: usize = 64;

/// Slots of one size, by their numbers.
struct Size {
    /// Those that have frames and are not used, the last used last; so many of them as [`spares`](Self::spares) says. In their place from
    /// the beginning, so that nothing is allocated when one is given back.
    spare: [u16; SPARE],
    spares: usize,
    /// Those that had frames once.
    bare: Vec<u16>,
    /// How many ever had frames.
    begun: usize,
}

static SIZES: [Lock<Size>; StackBytes::ALL.len()] =
    [const { Lock::new(Size { spare: [0; SPARE], spares: 0, bare: Vec::new(), begun: 0 }) };
        StackBytes::ALL.len()];

impl Size {
    /// The one that was used last.
    fn take_spare(&mut self) -> Option<u16> {
        let last = self.spares.wrapping_sub(1);
        let slot = *self.spare.get(last)?;
        self.spares = last;
        Some(slot)
    }

    /// Keeps one, if it is not one too many; whether it does.
    fn keep(&mut self, slot: u16) -> bool {
        let Some(place) = self.spare.get_mut(self.spares) else { return false };
        *place = slot;
        self.spares += 1;
        true
    }
}

/// A stack that somebody has. One that is not [given back](give_back) stays taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Stack {
    size: StackBytes,
    slot: u16,
}

impl Stack {
    /// Where it begins: the address above its first word.
    #[must_use]
    pub fn top(&self) -> usize {
        range(self.size, self.slot).end
    }
}

fn range(size: StackBytes, slot: u16) -> Range<usize> {
    let end = layout::STRAND_STACKS + size as usize * WINDOW + (usize::from(slot) + 1) * SLOT;
    end - size.bytes()..end
}

/// The stack that `sp` lies on or below, or has just left at its end.
pub(crate) fn around(sp: usize) -> Option<Range<usize>> {
    // One below, since an empty stack ends where the next slot begins.
    let at = sp.checked_sub(layout::STRAND_STACKS + 1)?;
    let size = *StackBytes::ALL.get(at / WINDOW)?;
    let slot = u16::try_from(at % WINDOW / SLOT).ok()?;
    let stack = range(size, slot);
    let is_near = below(&stack).start <= sp;
    // Relaxed: of a stack that is used, hence mapped; for others any answer will do.
    let is_mapped = || leaf(stack.start).is_some_and(|leaf| leaf.load(Ordering::Relaxed) & VALID != 0);
    (is_near && is_mapped()).then_some(stack)
}

/// Takes a stack of that size.
///
/// # Errors
/// [`NoStack`].
///
/// # Context
/// Not in interrupt context. May allocate.
#[inline]
pub fn take(_: &Authority, size: StackBytes) -> Result<Stack, NoStack> {
    let mut list = SIZES[size as usize].lock();
    if let Some(slot) = list.take_spare() {
        return Ok(Stack { size, slot });
    }
    drop(list);
    take_bare(size)
}

/// Takes one that has no frames, and gives it some.
#[cold]
#[inline(never)]
fn take_bare(size: StackBytes) -> Result<Stack, NoStack> {
    let mut list = SIZES[size as usize].lock();
    let slot = match list.bare.pop() {
        Some(slot) => slot,
        None => {
            let slot = u16::try_from(list.begun).ok().filter(|slot| usize::from(*slot) < SLOTS);
            let slot = slot.ok_or(NoStack::TooMany { limit: SLOTS })?;
            list.begun += 1;
            slot
        }
    };
    drop(list);
    if !map(size, slot) {
        SIZES[size as usize].lock().bare.push(slot);
        return Err(NoStack::NoMemory { bytes: size.bytes() });
    }
    Ok(Stack { size, slot })
}

fn map(size: StackBytes, slot: u16) -> bool {
    let bytes = size.bytes();
    let Some(frames) = heap::take(bytes, false) else { return false };
    let physical = layout::physical(VirtAddr(frames.as_ptr() as usize));
    let addresses = range(size, slot);
    let mut map = KERNEL_MAP.lock();
    let Some(map) = map.as_mut() else { return false };
    if map.map_pages(addresses.clone(), physical, Kind::Data).is_err() {
        // Part of it may be mapped: the frames are not used again.
        let _ = map.unmap(addresses);
        return false;
    }
    true
}

/// Takes back a stack on which nothing runs.
///
/// # Context
/// Not in interrupt context. May allocate.
#[inline]
pub fn give_back(_: &Authority, stack: Stack) {
    let Stack { size, slot } = stack;
    let mut list = SIZES[size as usize].lock();
    let is_kept = list.keep(slot);
    drop(list);
    if !is_kept {
        strip(size, slot);
    }
}

#[cold]
#[inline(never)]
fn strip(size: StackBytes, slot: u16) {
    if unmap(size, slot) {
        SIZES[size as usize].lock().bare.push(slot);
    }
}

/// Unmaps it, and gives its frames back; whether that went well. If not, they and the slot stay taken.
fn unmap(size: StackBytes, slot: u16) -> bool {
    let addresses = range(size, slot);
    let Some(descriptor) = leaf(addresses.start) else { return false };
    let physical = super::page_table::address_in(descriptor.load(Ordering::Relaxed));
    let is_unmapped = KERNEL_MAP.lock().as_mut().is_some_and(|map| map.unmap(addresses).is_ok());
    let frames = core::ptr::NonNull::new(layout::linear(physical).0 as *mut u8);
    if let Some(frames) = frames.filter(|_| is_unmapped) {
        // SAFETY: the block of `map`, which is one piece, and whose only mapping in use is gone.
        unsafe { heap::give_back(frames, size.bytes()) };
    }
    is_unmapped
}

/// Bytes of stacks that are used, and of those that only have frames.
pub(crate) fn statistics() -> (usize, usize) {
    StackBytes::ALL.into_iter().fold((0, 0), |(used, spare), size| {
        let list = SIZES[size as usize].lock();
        // One that is on its way from one list to another is used.
        let count = list.begun - list.spares - list.bare.len();
        (used + count * size.bytes(), spare + list.spares * size.bytes())
    })
}

/// The page below the mapped part of a stack that a reserve is opened in, and so on down.
const _: () = assert!(SLOT >= (32 << 10) + super::reserve::BYTES + PAGE_SIZE);
