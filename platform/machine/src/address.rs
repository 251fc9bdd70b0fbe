//! Addresses and ranges of them, as types.
//!
//! A physical address never is a pointer, a virtual one is never given to a device: the types keep the two apart. This module
//! knows nothing of how one becomes the other.

use core::fmt;

/// Size of a page and of a frame in bytes; the only granule this kernel uses.
pub const PAGE_SIZE: usize = 4096;

/// A physical address in bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PhysAddr(pub u64);

/// A virtual address in bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct VirtAddr(pub usize);

impl fmt::Debug for PhysAddr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "PhysAddr({:#x})", self.0)
    }
}

impl fmt::Display for PhysAddr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:#018x}", self.0)
    }
}

impl fmt::Debug for VirtAddr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "VirtAddr({:#x})", self.0)
    }
}

impl fmt::Display for VirtAddr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:#018x}", self.0)
    }
}

/// A half-open range of physical addresses: `start` belongs to it, `end` does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PhysRange {
    /// First address.
    pub start: PhysAddr,
    /// First address after the range.
    pub end: PhysAddr,
}

impl PhysRange {
    /// The range of `len_bytes` from `start`.
    #[must_use]
    pub const fn new(start: u64, len_bytes: u64) -> Self {
        Self { start: PhysAddr(start), end: PhysAddr(start.saturating_add(len_bytes)) }
    }

    /// Length in bytes; a backwards range is empty.
    #[must_use]
    pub const fn len_bytes(&self) -> u64 {
        self.end.0.saturating_sub(self.start.0)
    }

    /// Whether the two ranges share an address.
    #[must_use]
    pub const fn has_overlap(&self, other: &Self) -> bool {
        self.start.0 < other.end.0 && other.start.0 < self.end.0
    }

    /// The smallest range of whole pages that holds this one.
    #[must_use]
    pub const fn to_pages_outward(self) -> Self {
        let mask = PAGE_SIZE as u64 - 1;
        Self { start: PhysAddr(self.start.0 & !mask), end: PhysAddr(self.end.0.saturating_add(mask) & !mask) }
    }

    /// The largest range of whole pages inside this one.
    #[must_use]
    pub const fn to_pages_inward(self) -> Self {
        let mask = PAGE_SIZE as u64 - 1;
        Self { start: PhysAddr(self.start.0.saturating_add(mask) & !mask), end: PhysAddr(self.end.0 & !mask) }
    }
}

impl fmt::Display for PhysRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:#x}..{:#x}", self.start.0, self.end.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{PhysAddr, PhysRange};

    #[test]
    fn outward_pages_hold_the_range_and_inward_pages_lie_in_it() {
        let range = PhysRange { start: PhysAddr(0x1234), end: PhysAddr(0x5678) };
        assert_eq!(range.to_pages_outward(), PhysRange { start: PhysAddr(0x1000), end: PhysAddr(0x6000) });
        assert_eq!(range.to_pages_inward(), PhysRange { start: PhysAddr(0x2000), end: PhysAddr(0x5000) });
    }

    #[test]
    fn touching_ranges_do_not_overlap() {
        let low = PhysRange::new(0, 0x1000);
        assert!(!low.has_overlap(&PhysRange::new(0x1000, 0x1000)));
        assert!(low.has_overlap(&PhysRange::new(0xfff, 1)));
    }
}
