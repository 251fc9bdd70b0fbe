//! Device memory, handed out once.
//!
//! A [`DeviceRegion`] is the proof that a range of physical addresses is mapped as device memory, lies outside RAM, and has
//! been given to nobody else. Drivers turn it into typed registers; they never see an address before.

use core::ptr::NonNull;

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
