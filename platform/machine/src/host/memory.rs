//! No memory service.

use crate::address::PhysRange;
pub use crate::memory_error::{MemoryError, Statistics};

/// Does nothing.
///
/// # Errors
/// None here.
pub fn initialise(_: &[PhysRange], _: &[PhysRange], _: usize) -> Result<(), MemoryError> {
    Ok(())
}

/// All zero.
#[must_use]
pub fn statistics() -> Statistics {
    Statistics {
        ram_bytes: 0,
        used_bytes: 0,
        image_bytes: 0,
        heap_bytes: 0,
        own_bytes: 0,
        spare_bytes: 0,
        code_bytes: 0,
        stack_bytes: 0,
        reserved_bytes: 0,
    }
}

/// Nobody is ever asked.
pub fn set_judge(_: &spindle_sync::Authority, _: fn() -> bool) {}

/// As much as there is of the host's.
#[must_use]
pub fn rest() -> (usize, u64) {
    (usize::MAX, 0)
}

/// There is no heap to look at.
#[must_use]
pub fn heap_now() -> Option<(usize, usize)> {
    None
}

/// Nothing is reserved.
///
/// # Errors
/// Always [`MemoryError::NotReserved`].
pub fn bytes(range: PhysRange) -> Result<&'static [u8], MemoryError> {
    Err(MemoryError::NotReserved(range))
}

/// Nothing is mapped.
///
/// # Errors
/// Always [`MemoryError::NotRam`].
pub fn peek<T>(range: PhysRange, _: impl FnOnce(&[u8]) -> T) -> Result<T, MemoryError> {
    Err(MemoryError::NotRam(range))
}
