//! Where things are in the kernel's half of the address space; the table in the crate's documentation, as constants.

use crate::address::{PhysAddr, VirtAddr};

/// Start of the linear map of physical memory.
pub(crate) const LINEAR_BASE: usize = 0xffff_ff80_0000_0000;
/// Physical addresses from here on are outside the linear map.
pub(crate) const LINEAR_LIMIT: u64 = 0x40_0000_0000;
/// Start of the device mappings.
pub(crate) const DEVICE_BASE: usize = 0xffff_ffc0_0000_0000;
/// End of the device mappings.
pub(crate) const DEVICE_END: usize = 0xffff_ffc0_4000_0000;
/// Start of the stacks of the other cores.
pub(crate) const STACK_BASE: usize = 0xffff_ffe0_0000_0000;
/// Start of the stacks of strands.
pub(crate) const STRAND_STACKS: usize = 0xffff_ffe4_0000_0000;
/// Start of the heaps of their own, and their end: 256 times 256 MiB.
pub(crate) const OWN_HEAPS: usize = 0xffff_ffe8_0000_0000;
pub(crate) const OWN_HEAPS_END: usize = 0xffff_fff8_0000_0000;
/// Start of the code window: within reach of a direct branch (128 MiB) from any text of the image.
pub(crate) const CODE_WINDOW: usize = 0xffff_ffff_8100_0000;

/// The linear map's address of a physical one below [`LINEAR_LIMIT`].
pub(crate) const fn linear(address: PhysAddr) -> VirtAddr {
    VirtAddr(LINEAR_BASE + address.0 as usize)
}

/// The physical address behind an address of the linear map.
pub(crate) const fn physical(address: VirtAddr) -> PhysAddr {
    PhysAddr((address.0 - LINEAR_BASE) as u64)
}
