//! Does it.
#![no_std]

/// The answer.
pub fn answer() -> u32 {
    42
}
