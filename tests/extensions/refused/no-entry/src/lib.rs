//! no-entry: a library, but no extension.
#![no_std]

/// Adds.
pub fn add(a: u32, b: u32) -> u32 {
    a + b
}
