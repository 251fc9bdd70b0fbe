//! Device memory, handed out once.
//!
//! A [`DeviceRegion`] is the proof that a range of physical addresses is mapped as device memory, lies outside RAM, and has
//! been given to nobody else. Drivers turn it into typed registers; they never see an address before.

use crate::address::PhysRange;
use aarch64_paging::MapError;
use core::fmt;
use core::ptr::NonNull;

#[cfg(target_os = "none")]
pub use crate::aarch64::device::claim;
#[cfg(not(target_os = "none"))]
pub use crate::host::claim;

/// Why a range of registers can't be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MmioError {
    /// The range, or a part of it, has an owner.
    AlreadyClaimed(PhysRange),
    /// All the room for device mappings is used.
    NoRoom(PhysRange),
    /// The range is empty, backwards, or lies in RAM.
    NotDevice(PhysRange),
    /// Memory is not set up yet.
    NoMemory,
    /// The page tables refused.
    Map(MapError),
}

impl fmt::Display for MmioError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyClaimed(range) => write!(out, "device registers {range} already have an owner"),
            Self::NoRoom(range) => write!(out, "no room to map device registers {range}"),
            Self::NotDevice(range) => write!(out, "{range} can't be device registers"),
            Self::NoMemory => out.write_str("memory is not set up"),
            Self::Map(error) => write!(out, "page tables: {error}"),
        }
    }
}

impl core::error::Error for MmioError {}

/// A mapped range of device registers that this value alone may access.
#[derive(Debug)]
pub struct DeviceRegion {
    base: NonNull<u8>,
    len_bytes: usize,
}

// SAFETY: the region is plain device memory, reachable from every core; exclusive ownership moves with the value.
unsafe impl Send for DeviceRegion {}

impl DeviceRegion {
    /// Wraps an already mapped range.
    ///
    /// # Safety
    /// `base..base + len_bytes` must be mapped as device memory for ever (on the host: plain memory, zeroed, for ever) and be
    /// reachable through no other `DeviceRegion`.
    #[must_use]
    pub const unsafe fn new(base: NonNull<u8>, len_bytes: usize) -> Self {
        Self { base, len_bytes }
    }

    /// The first address of the region, as mapped.
    #[must_use]
    pub const fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Length of the region in bytes.
    #[must_use]
    pub const fn len_bytes(&self) -> usize {
        self.len_bytes
    }
}
