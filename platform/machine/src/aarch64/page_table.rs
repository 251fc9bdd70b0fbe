//! The kernel's half of the address space, over `aarch64-paging`.
//!
//! Invariant: no mapping is writable and executable at once; [`Kind`] has no such variant, and SCTLR_EL1.WXN would refuse it.

use super::{heap, layout};
use crate::address::{PhysAddr, VirtAddr};
use aarch64_paging::{
    MapError, Mapping,
    descriptor::{El1Attributes, PhysicalAddress},
    paging::{Constraints, El1And0, MemoryRegion, PageTable, Translation, VaRange},
};
use core::ops::Range;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What a mapping may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Read and execute.
    Text,
    /// Read.
    Rodata,
    /// Read and write.
    Data,
    /// Read and write, device nGnRnE.
    Device,
}

impl Kind {
    fn flags(self) -> El1Attributes {
        let common = El1Attributes::VALID | El1Attributes::ACCESSED | El1Attributes::UXN;
        let normal = common | El1Attributes::ATTRIBUTE_INDEX_1 | El1Attributes::INNER_SHAREABLE;
        match self {
            Self::Text => normal | El1Attributes::READ_ONLY,
            Self::Rodata => normal | El1Attributes::READ_ONLY | El1Attributes::PXN,
            Self::Data => normal | El1Attributes::PXN,
            Self::Device => common | El1Attributes::ATTRIBUTE_INDEX_0 | El1Attributes::PXN,
        }
    }
}

/// How many tables there are. Relaxed: a number to look at.
static TABLES: AtomicUsize = AtomicUsize::new(0);

/// How many tables there are.
pub(crate) fn tables() -> usize {
    TABLES.load(Ordering::Relaxed)
}

/// Where tables come from: frames of the heap, reached through the linear map.
struct Frames;

impl Translation<El1Attributes> for Frames {
    fn allocate_table(&mut self) -> (NonNull<PageTable<El1Attributes>>, PhysicalAddress) {
        let Some(frame) = heap::zeroed_frame() else { panic!("no frame left for a page table") };
        TABLES.fetch_add(1, Ordering::Relaxed);
        let physical = layout::physical(VirtAddr(frame.as_ptr() as usize));
        (frame.cast(), PhysicalAddress(physical.0 as usize))
    }

    unsafe fn deallocate_table(&mut self, table: NonNull<PageTable<El1Attributes>>) {
        TABLES.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: the caller promises that the table came from `allocate_table` and is used no more.
        unsafe { heap::free_frame(table.cast()) };
    }

    fn physical_to_virtual(&self, address: PhysicalAddress) -> NonNull<PageTable<El1Attributes>> {
        let address = layout::linear(PhysAddr(address.0 as u64)).0;
        // The linear map starts in the upper half, so the address is never null.
        NonNull::new(address as *mut PageTable<El1Attributes>).unwrap_or(NonNull::dangling())
    }
}

/// The kernel's page tables.
pub(crate) struct KernelMap(Mapping<Frames, El1And0>);

impl KernelMap {
    /// Empty tables; one frame is allocated for the root.
    pub(crate) fn new() -> Self {
        Self(Mapping::with_asid_and_va_range(Frames, 0, 1, El1And0, VaRange::Upper))
    }

    /// Maps `addresses` to physical memory from `start` on, in the largest blocks that fit.
    pub(crate) fn map(
        &mut self,
        addresses: Range<usize>,
        start: PhysAddr,
        kind: Kind,
    ) -> Result<(), MapError> {
        self.map_with(addresses, start, kind, Constraints::NO_CONTIGUOUS_HINT)
    }

    /// The same in single pages, so that permissions can change later without break-before-make.
    pub(crate) fn map_pages(
        &mut self,
        addresses: Range<usize>,
        start: PhysAddr,
        kind: Kind,
    ) -> Result<(), MapError> {
        self.map_with(
            addresses,
            start,
            kind,
            Constraints::NO_CONTIGUOUS_HINT | Constraints::NO_BLOCK_MAPPINGS,
        )
    }

    fn map_with(
        &mut self,
        addresses: Range<usize>,
        start: PhysAddr,
        kind: Kind,
        constraints: Constraints,
    ) -> Result<(), MapError> {
        if addresses.is_empty() {
            return Ok(());
        }
        let region = MemoryRegion::new(addresses.start, addresses.end);
        self.0.map_range(&region, PhysicalAddress(start.0 as usize), kind.flags(), constraints)
    }

    /// Changes what pages mapped by [`map_pages`](Self::map_pages) may be used for, on all cores.
    pub(crate) fn protect(&mut self, addresses: Range<usize>, kind: Kind) -> Result<(), MapError> {
        if addresses.is_empty() {
            return Ok(());
        }
        let flags = kind.flags() | El1Attributes::TABLE_OR_PAGE;
        self.0.modify_range(&MemoryRegion::new(addresses.start, addresses.end), &|_, descriptor| {
            let clear = (El1Attributes::READ_ONLY | El1Attributes::PXN).difference(flags);
            descriptor.modify_flags(flags, clear)
        })
    }

    /// Has pages mapped by [`map_pages`](Self::map_pages) be there and not be valid: see [`leaf`]. Before the map is active.
    pub(crate) fn hide(&mut self, addresses: Range<usize>) -> Result<(), MapError> {
        self.0.modify_range(&MemoryRegion::new(addresses.start, addresses.end), &|_, descriptor| {
            descriptor.modify_flags(El1Attributes::empty(), El1Attributes::VALID)
        })
    }

    /// Removes a mapping on all cores.
    pub(crate) fn unmap(&mut self, addresses: Range<usize>) -> Result<(), MapError> {
        if addresses.is_empty() {
            return Ok(());
        }
        let region = MemoryRegion::new(addresses.start, addresses.end);
        let constraints = Constraints::NO_CONTIGUOUS_HINT | Constraints::NO_BLOCK_MAPPINGS;
        self.0.map_range(&region, PhysicalAddress(0), El1Attributes::empty(), constraints)
    }

    /// Physical address of the root.
    pub(crate) fn root(&self) -> PhysAddr {
        PhysAddr(self.0.root_address().0 as u64)
    }

    /// Makes these the tables of this core, and drops what the boot tables left in its TLB.
    ///
    /// # Safety
    /// Everything in use must be mapped as it is now, and the tables must stay for ever.
    pub(crate) unsafe fn activate(&self) {
        // SAFETY: the caller's promise.
        unsafe { self.0.activate() };
        // SAFETY: TLB maintenance; everything in use is mapped by the new tables.
        unsafe {
            core::arch::asm!("tlbi vmalle1", "dsb nsh", "isb", options(nostack, preserves_flags));
        }
    }
}

/// Number of levels, address bits that each of them takes, and bits of an address within a page. Arm ARM D8.2.8, for pages of
/// 4 KiB and 39 bits.
const LEVELS: u32 = 3;
const LEVEL_BITS: u32 = 9;
const PAGE_BITS: u32 = 12;
/// In a descriptor: that it counts, and where the next table or the page is (Arm ARM D8.3).
pub(crate) const VALID: u64 = 1;
const ADDRESS: u64 = 0x0000_ffff_ffff_f000;

/// The physical address in the descriptor of a page.
pub(crate) fn address_in(descriptor: u64) -> PhysAddr {
    PhysAddr(descriptor & ADDRESS)
}

/// The descriptor of the page at `address` in this core's tables, which was mapped on its own and may be hidden.
///
/// Takes no lock: for exceptions. Tables above a page that is never unmapped stay where they are.
pub(crate) fn leaf(address: usize) -> Option<&'static AtomicU64> {
    let root: u64;
    // SAFETY: reads one register.
    unsafe { core::arch::asm!("mrs {}, ttbr1_el1", out(reg) root, options(nomem, nostack, preserves_flags)) };
    let mut table = root & ADDRESS & !1;
    for level in (0..LEVELS).rev() {
        let index = address >> (PAGE_BITS + level * LEVEL_BITS) & ((1 << LEVEL_BITS) - 1);
        let entry = layout::linear(PhysAddr(table)).0 + index * size_of::<u64>();
        // SAFETY: a word of a table, which is a frame of the heap and is reached through the linear map; the hardware and the other
        // cores read it as a whole.
        let entry = unsafe { &*(entry as *const AtomicU64) };
        if level == 0 {
            return Some(entry);
        }
        // Relaxed: written before the tables were active.
        let next = entry.load(Ordering::Relaxed);
        if next & VALID == 0 {
            return None;
        }
        table = next & ADDRESS;
    }
    None
}
