//! What can go wrong when memory is set up, and what it is used for.

use crate::address::PhysRange;
use aarch64_paging::MapError;
use core::fmt;

/// Why memory can't be set up, or a range not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemoryError {
    /// No range of RAM holds the image.
    ImageOutsideRam(PhysRange),
    /// RAM reaches beyond what the linear map covers.
    RamTooHigh(PhysRange),
    /// More ranges are reserved than can be told apart.
    TooManyReserved(usize),
    /// No room for an arena of this many bytes beside the image.
    NoCodeArena(u64),
    /// No memory is left for this many bytes of stack.
    NoStack(usize),
    /// The page tables refused a mapping.
    Map(MapError),
    /// The range is not RAM that is mapped this early.
    NotRam(PhysRange),
    /// The range was not reserved at the start.
    NotReserved(PhysRange),
    /// Memory was set up before.
    AlreadyInitialised,
}

impl fmt::Display for MemoryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ImageOutsideRam(range) => write!(out, "the image {range} is outside RAM"),
            Self::RamTooHigh(range) => write!(out, "RAM {range} is outside the linear map"),
            Self::TooManyReserved(count) => write!(out, "{count} reserved ranges are too many"),
            Self::NoCodeArena(bytes) => write!(out, "no room for {bytes} bytes of extension code"),
            Self::NoStack(bytes) => write!(out, "no memory for {bytes} bytes of stack"),
            Self::Map(error) => write!(out, "page tables: {error}"),
            Self::NotRam(range) => write!(out, "{range} is not RAM that is mapped this early"),
            Self::NotReserved(range) => write!(out, "{range} was not reserved at the start"),
            Self::AlreadyInitialised => out.write_str("memory is already set up"),
        }
    }
}

impl core::error::Error for MemoryError {}

impl From<MapError> for MemoryError {
    fn from(error: MapError) -> Self {
        Self::Map(error)
    }
}

/// What memory is used for, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// All RAM.
    pub ram_bytes: usize,
    /// Everything that is in use: image, heap, code, what is spare and what is reserved.
    pub used_bytes: usize,
    /// The image, its zeroed data and the boot stacks.
    pub image_bytes: usize,
    /// The heap's allocations, stacks and those of heaps of their own included.
    pub heap_bytes: usize,
    /// What of this is handed out of heaps of their own.
    pub own_bytes: usize,
    /// What is kept ready for heaps of their own: RAM behind them that is not handed out, and page tables.
    pub spare_bytes: usize,
    /// Text and data of extensions.
    pub code_bytes: usize,
    /// Stacks of the cores but the first (part of the heap's).
    pub stack_bytes: usize,
    /// What firmware and boot archive occupy.
    pub reserved_bytes: usize,
}
