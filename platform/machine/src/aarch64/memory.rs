//! The kernel's memory: final page tables, the heap over what is free, stacks with their reserves and guard pages.
//!
//! Invariants: every frame is in exactly one of image, code arena, reserved or heap; the linear map leaves out the image's and
//! the arena's frames, so nothing that is executable somewhere is writable elsewhere.

use super::page_table::{KernelMap, Kind};
use super::stacks as stacks_of_strands;
use super::{code, device, early, heap, image, layout, own_heap, page_table, reserve};
use crate::address::{PAGE_SIZE, PhysAddr, PhysRange, VirtAddr};
use crate::free_ranges::{highest_free, subtract};
use core::ops::Range;
use core::slice;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use spindle_sync::{Lock, this_core};

/// Bytes of a core's stack, and of its exception stack.
const STACK_BYTES: usize = 64 << 10;
const EXCEPTION_STACK_BYTES: usize = 16 << 10;
/// Distance between the stacks of two cores: two stacks, a reserve, two guard pages, rounded up.
const STACK_SLOT: usize = 0x20000;
/// Most ranges of RAM in use that are told apart.
const TAKEN: usize = 40;
const GIBIBYTE: u64 = 1 << 30;

pub use crate::memory_error::{MemoryError, Statistics};

pub(crate) static KERNEL_MAP: Lock<Option<KernelMap>> = Lock::new(None);
/// Written once by the first core before others run; relaxed.
static RAM_BYTES: AtomicU64 = AtomicU64::new(0);
static RESERVED_BYTES: AtomicU64 = AtomicU64::new(0);
/// The reserved ranges that lie in RAM.
static RESERVED: Lock<[PhysRange; TAKEN]> =
    Lock::new([PhysRange { start: PhysAddr(0), end: PhysAddr(0) }; TAKEN]);
/// The banks of RAM.
static BANKS: Lock<[PhysRange; TAKEN]> =
    Lock::new([PhysRange { start: PhysAddr(0), end: PhysAddr(0) }; TAKEN]);
static CORES: AtomicUsize = AtomicUsize::new(1);
/// How many page tables there were at the start.
static FIRST_TABLES: AtomicUsize = AtomicUsize::new(0);

/// Sets up memory: final page tables, the heap over what is free, the arena for extension code, stacks for `cores` cores.
///
/// # Errors
/// When RAM doesn't hold the image, or is too small.
///
/// # Context
/// The first core, once, before any allocation.
pub fn initialise(ram: &[PhysRange], reserved: &[PhysRange], cores: usize) -> Result<(), MemoryError> {
    if KERNEL_MAP.lock().is_some() {
        return Err(MemoryError::AlreadyInitialised);
    }
    let image_range = PhysRange::new(image::physical(image::text().start.0).0, image::size_bytes() as u64);
    if let Some(high) = ram.iter().find(|bank| bank.end.0 > layout::LINEAR_LIMIT) {
        return Err(MemoryError::RamTooHigh(*high));
    }
    let mut taken = [PhysRange::default(); TAKEN];
    if reserved.len() + 2 > TAKEN {
        return Err(MemoryError::TooManyReserved(reserved.len()));
    }
    taken[0] = image_range;
    taken[2..2 + reserved.len()].copy_from_slice(reserved);
    let bank = ram.iter().find(|bank| bank.has_overlap(&image_range));
    let bank = *bank.ok_or(MemoryError::ImageOutsideRam(image_range))?;
    let near = image_gibibyte(bank, image_range);
    let total = ram.iter().map(PhysRange::len_bytes).sum::<u64>();
    let arena_bytes = if total >= 192 << 20 { 16 << 20 } else { 8 << 20 };
    let arena = highest_free(near, &taken[..2 + reserved.len()], arena_bytes, 2 << 20);
    taken[1] = arena.ok_or(MemoryError::NoCodeArena(arena_bytes))?;
    let taken = &taken[..2 + reserved.len()];

    subtract(&[near], taken, &mut give);
    let mut map = build_map(ram, taken[0], taken[1])?;
    map_stacks(&mut map, cores)?;
    map_reserves(&mut map, cores)?;
    // SAFETY: image, stacks, linear RAM and the console's page are mapped as by the boot tables; the map stays in a static.
    unsafe { map.activate() };
    early::move_to(device::FIRST_PAGE);
    subtract(ram, taken, &mut |free| give_outside(free, near));

    code::set_arena(taken[1]);
    RAM_BYTES.store(total, Ordering::Relaxed);
    keep_reserved(ram, reserved);
    CORES.store(cores, Ordering::Relaxed);
    FIRST_TABLES.store(page_table::tables(), Ordering::Relaxed);
    *KERNEL_MAP.lock() = Some(map);
    Ok(())
}

/// Whether `range` shares an address with RAM.
pub(crate) fn is_ram(range: PhysRange) -> bool {
    BANKS.lock().iter().any(|bank| bank.has_overlap(&range))
}

/// Remembers which reserved ranges may be read: those that lie in one bank of RAM.
fn keep_reserved(ram: &[PhysRange], reserved: &[PhysRange]) {
    let is_in_ram = |range: &&PhysRange| {
        ram.iter()
            .map(|bank| bank.to_pages_inward())
            .any(|bank| bank.start <= range.start && range.end <= bank.end)
    };
    for (slot, bank) in BANKS.lock().iter_mut().zip(ram) {
        *slot = *bank;
    }
    let mut kept = RESERVED.lock();
    let mut total = 0;
    for (slot, range) in kept.iter_mut().zip(reserved.iter().filter(is_in_ram)) {
        *slot = *range;
        total += range.len_bytes();
    }
    RESERVED_BYTES.store(total, Ordering::Relaxed);
}

/// The part of the image's bank that the boot tables map: the gibibyte with the image.
fn image_gibibyte(bank: PhysRange, image: PhysRange) -> PhysRange {
    let start = image.start.0 & !(GIBIBYTE - 1);
    PhysRange {
        start: PhysAddr(bank.start.0.max(start).max(PAGE_SIZE as u64)),
        end: PhysAddr(bank.end.0.min(start + GIBIBYTE)),
    }
}

fn give(free: PhysRange) {
    let start = layout::linear(free.start).0;
    // SAFETY: free RAM, mapped linearly by the boot tables or by now by ours, given once: the pieces are disjoint.
    unsafe { heap::give(start, start + free.len_bytes() as usize) };
}

/// Gives what of `free` lies outside `near`, which was given before.
fn give_outside(free: PhysRange, near: PhysRange) {
    // Frame 0 stays out: the Pi's spin table lives there, and no block may start at address 0.
    let guard = PhysRange::new(0, PAGE_SIZE as u64);
    subtract(&[free], &[near, guard], &mut give);
}

fn build_map(ram: &[PhysRange], image_range: PhysRange, arena: PhysRange) -> Result<KernelMap, MemoryError> {
    let mut map = KernelMap::new();
    let mut failed = Ok(());
    subtract(ram, &[image_range, arena], &mut |free| {
        let start = layout::linear(free.start).0;
        let mapped = map.map(start..start + free.len_bytes() as usize, free.start, Kind::Data);
        if failed.is_ok() {
            failed = mapped;
        }
    });
    failed?;
    let sections = [
        (image::text(), Kind::Text),
        (image::rodata(), Kind::Rodata),
        (image::data(), Kind::Data),
        (image::stack(), Kind::Data),
        (image::exception_stack(), Kind::Data),
    ];
    for (section, kind) in sections {
        map.map_pages(section.start.0..section.end.0, image::physical(section.start.0), kind)?;
    }
    let console = early::guessed_page(image_range.start);
    map.map_pages(device::FIRST_PAGE..device::FIRST_PAGE + PAGE_SIZE, console.start, Kind::Device)?;
    Ok(map)
}

/// Where core `index`, not the first, has its stack and its exception stack; the reserve below the first, and the page below both,
/// are unmapped.
fn stacks(index: usize) -> [Range<usize>; 2] {
    let stack = layout::STACK_BASE + index * STACK_SLOT + PAGE_SIZE + reserve::BYTES;
    let exception = stack + STACK_BYTES + PAGE_SIZE;
    [stack..stack + STACK_BYTES, exception..exception + EXCEPTION_STACK_BYTES]
}

/// The tops of core `index`'s stack and exception stack.
pub(crate) fn stack_tops(index: usize) -> (VirtAddr, VirtAddr) {
    let [stack, exception] = stacks(index);
    (VirtAddr(stack.end), VirtAddr(exception.end))
}

/// The stack of core `index`.
pub(crate) fn stack_of(index: usize) -> Range<usize> {
    let first = image::stack();
    if index == 0 { first.start.0..first.end.0 } else { stacks(index)[0].clone() }
}

/// The stack of a core or a strand that `sp` lies on, with its reserve if that is open, or has just left at its end.
pub(crate) fn stack_around(sp: usize) -> Option<Range<usize>> {
    // Relaxed: written before other cores run.
    let on_core = (0..CORES.load(Ordering::Relaxed)).find_map(|index| {
        let stack = stack_of(index);
        // At its end if it is empty.
        let is_it = below(&stack).contains(&sp) || stack.contains(&sp) || stack.end == sp;
        is_it.then(|| reserve::with(index, stack))
    });
    // The strand whose stack it is runs here, or its reserve is closed.
    on_core.or_else(|| Some(reserve::with(this_core::index(), stacks_of_strands::around(sp)?)))
}

/// What lies below a `stack`: its reserve, or what is left of that, and the page that is never mapped.
pub(crate) fn below(stack: &Range<usize>) -> Range<usize> {
    stack.start - reserve::BYTES - PAGE_SIZE..stack.start
}

/// Whether `address` lies on a mapped stack.
pub(crate) fn is_on_a_stack(address: usize) -> bool {
    // Relaxed: written before other cores run.
    let others = (1..CORES.load(Ordering::Relaxed)).map(|index| stacks(index)[1].clone());
    let first = image::exception_stack();
    let mut exceptions = core::iter::once(first.start.0..first.end.0).chain(others);
    exceptions.any(|stack| stack.contains(&address))
        || stack_around(address).is_some_and(|stack| stack.contains(&address))
}

fn map_stacks(map: &mut KernelMap, cores: usize) -> Result<(), MemoryError> {
    for stack in (1..cores).flat_map(stacks) {
        for page in stack.step_by(PAGE_SIZE) {
            let frame =
                heap::zeroed_frame().ok_or(MemoryError::NoStack(STACK_BYTES + EXCEPTION_STACK_BYTES))?;
            let physical = layout::physical(VirtAddr(frame.as_ptr() as usize));
            map.map_pages(page..page + PAGE_SIZE, physical, Kind::Data)?;
        }
    }
    Ok(())
}

/// Maps what lies below each core's stack, and hides it.
fn map_reserves(map: &mut KernelMap, cores: usize) -> Result<(), MemoryError> {
    let first = reserve::below(&stack_of(0));
    map.map_pages(first.clone(), image::physical(first.start), Kind::Data)?;
    for page in (1..cores).flat_map(|index| reserve::below(&stack_of(index)).step_by(PAGE_SIZE)) {
        let frame = heap::zeroed_frame().ok_or(MemoryError::NoStack(STACK_BYTES + EXCEPTION_STACK_BYTES))?;
        let physical = layout::physical(VirtAddr(frame.as_ptr() as usize));
        map.map_pages(page..page + PAGE_SIZE, physical, Kind::Data)?;
    }
    (0..cores).try_for_each(|index| Ok(map.hide(reserve::below(&stack_of(index)))?))
}

/// What memory is used for now.
#[must_use]
pub fn statistics() -> Statistics {
    let (_, taken_bytes) = heap::statistics();
    let (mapped_bytes, own_bytes) = own_heap::statistics();
    // Page tables that were needed later stay for whoever needs the addresses next.
    let table_bytes = (page_table::tables() - FIRST_TABLES.load(Ordering::Relaxed)) * PAGE_SIZE;
    // Read one after the other, so while other cores allocate they may not fit together.
    let (strand_bytes, spare_stack_bytes) = stacks_of_strands::statistics();
    let beside = mapped_bytes + table_bytes + strand_bytes + spare_stack_bytes;
    let heap_bytes = taken_bytes.saturating_sub(beside) + own_bytes;
    let image_bytes = image::size_bytes();
    let code_bytes = code::used_bytes();
    // Relaxed: written once at start.
    let reserved_bytes = RESERVED_BYTES.load(Ordering::Relaxed) as usize;
    Statistics {
        ram_bytes: RAM_BYTES.load(Ordering::Relaxed) as usize,
        used_bytes: image_bytes + taken_bytes + code_bytes + reserved_bytes,
        image_bytes,
        heap_bytes,
        own_bytes,
        spare_bytes: mapped_bytes.saturating_sub(own_bytes) + table_bytes + spare_stack_bytes,
        code_bytes,
        stack_bytes: (CORES.load(Ordering::Relaxed) - 1)
            * (STACK_BYTES + reserve::BYTES + EXCEPTION_STACK_BYTES)
            + strand_bytes,
        reserved_bytes,
    }
}

/// Says who decides whether the code that asks for memory of the kernel's gets it although little is left: what is said is asked on the stack
/// of who asks, with interrupts enabled, and allocates nothing. The first call counts.
pub fn set_judge(_: &spindle_sync::Authority, may_have: fn() -> bool) {
    heap::JUDGE.call_once(|| may_have);
}

/// Bytes of RAM that nobody has, and how often somebody was refused them because they were scarce.
///
/// # Context
/// Not in interrupt context.
#[must_use]
pub fn rest() -> (usize, u64) {
    heap::rest()
}

/// Bytes that the heap has, and bytes of them that are taken; `None` while somebody changes that.
///
/// # Context
/// Any, a panic included: does not wait.
#[must_use]
pub fn heap_now() -> Option<(usize, usize)> {
    heap::statistics_now()
}

/// The content of a range of RAM that was reserved at [`initialise`], such as the boot archive.
///
/// # Errors
/// [`MemoryError::NotReserved`] for any range that isn't part of a reserved one that lies in RAM.
pub fn bytes(range: PhysRange) -> Result<&'static [u8], MemoryError> {
    let kept = RESERVED.lock();
    let is_inside =
        |outer: &PhysRange| outer.start <= range.start && range.end <= outer.end && range.start < range.end;
    if !kept.iter().any(is_inside) {
        return Err(MemoryError::NotReserved(range));
    }
    // SAFETY: RAM that the linear map holds and the heap never got; nobody writes to it.
    Ok(unsafe {
        slice::from_raw_parts(layout::linear(range.start).0 as *const u8, range.len_bytes() as usize)
    })
}

/// Shows `read` the content of RAM before memory is set up: how long an archive is, say, whose length no tree tells.
///
/// # Errors
/// [`MemoryError::AlreadyInitialised`] once memory is set up, [`MemoryError::NotRam`] outside the image's gibibyte, the only
/// one that is mapped so early.
pub fn peek<T>(range: PhysRange, read: impl FnOnce(&[u8]) -> T) -> Result<T, MemoryError> {
    if KERNEL_MAP.lock().is_some() {
        return Err(MemoryError::AlreadyInitialised);
    }
    let start = image::physical(image::text().start.0).0 & !(GIBIBYTE - 1);
    let near = PhysRange::new(start, GIBIBYTE);
    let image_range = PhysRange::new(image::physical(image::text().start.0).0, image::size_bytes() as u64);
    if range.start < near.start
        || near.end < range.end
        || range.end < range.start
        || range.has_overlap(&image_range)
    {
        return Err(MemoryError::NotRam(range));
    }
    // SAFETY: the boot tables map this gibibyte, the range is not the image, and there is no heap yet that could write to it.
    let bytes = unsafe {
        slice::from_raw_parts(layout::linear(range.start).0 as *const u8, range.len_bytes() as usize)
    };
    Ok(read(bytes))
}
