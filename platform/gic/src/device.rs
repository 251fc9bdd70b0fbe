//! For tests: memory that plays a device's registers, and a view of it from the device's side.

use core::ptr::NonNull;

use spindle_machine::address::PhysRange;
use spindle_machine::mmio::{self, DeviceRegion};

/// A register block as the device sees it. It keeps what is written and does nothing.
#[derive(Clone, Copy)]
pub(crate) struct Device(NonNull<u8>);

impl Device {
    /// Zeroed registers, and the region that the driver gets.
    pub(crate) fn new(len_bytes: u64) -> (Self, DeviceRegion) {
        let region = mmio::claim(PhysRange::new(0x0800_0000, len_bytes)).expect("the host has room");
        (Self(region.base()), region)
    }

    #[expect(unsafe_code, reason = "the test plays the device")]
    pub(crate) fn get(self, offset_bytes: usize) -> u32 {
        // SAFETY: within the region's memory, which lives for ever; only this thread touches it.
        unsafe { self.at::<u32>(offset_bytes).read_volatile() }
    }

    #[expect(unsafe_code, reason = "the test plays the device")]
    pub(crate) fn set(self, offset_bytes: usize, value: u32) {
        // SAFETY: as above.
        unsafe { self.at::<u32>(offset_bytes).write_volatile(value) }
    }

    /// Four bytes, the lowest address first.
    pub(crate) fn bytes(self, offset_bytes: usize) -> [u8; 4] {
        self.get(offset_bytes).to_le_bytes()
    }

    fn at<T>(self, offset_bytes: usize) -> *mut T {
        self.0.as_ptr().wrapping_add(offset_bytes).cast()
    }
}
