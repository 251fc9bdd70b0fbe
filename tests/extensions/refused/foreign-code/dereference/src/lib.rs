//! Reads memory for those who may not.
#![no_std]

/// What stands at `address`.
pub fn read(address: usize) -> u8 {
    unsafe { core::ptr::read_volatile(address as *const u8) }
}
