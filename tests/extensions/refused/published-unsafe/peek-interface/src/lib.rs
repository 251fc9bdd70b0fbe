//! Reads memory for those who may not.
#![no_std]

/// What is there.
pub fn peek(address: *const u8) -> u8 {
    unsafe { *address }
}
