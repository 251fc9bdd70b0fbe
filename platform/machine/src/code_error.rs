//! What is placed in the code window, what its entry is, and what can go wrong with it.

use crate::address::PAGE_SIZE;
use aarch64_paging::MapError;
use core::fmt;

/// Sizes of what is to be placed, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Instructions.
    pub text: usize,
    /// Constants.
    pub rodata: usize,
    /// Variables, zeroed ones included.
    pub data: usize,
}

impl Sizes {
    /// How many pages that takes: each of the three begins with one of its own.
    #[must_use]
    pub fn pages(&self) -> usize {
        let parts = [self.text, self.rodata, self.data];
        parts.iter().fold(0, |sum: usize, bytes| sum.saturating_add(bytes.div_ceil(PAGE_SIZE))).max(1)
    }
}

/// Why code can't be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeError {
    /// The window has no gap of this many pages.
    NoRoom {
        /// Pages asked for.
        pages: usize,
    },
    /// The page tables refused.
    Map(MapError),
    /// There is no entry record at this offset of rodata: bounds, alignment, magic or ABI are wrong, or its function is
    /// outside the sealed text.
    NoEntry {
        /// Offset in rodata in bytes.
        offset: usize,
    },
}

impl fmt::Display for CodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoom { pages } => write!(out, "no room for {pages} pages in the code window"),
            Self::Map(error) => write!(out, "page tables: {error}"),
            Self::NoEntry { offset } => write!(out, "no entry record at offset {offset:#x} of rodata"),
        }
    }
}

impl core::error::Error for CodeError {}

/// A type that an entry record can hold: a pointer to a function of those arguments.
pub trait Entry: Copy + 'static {
    /// The function's address.
    fn address(self) -> usize;
}

impl<A: 'static, R: 'static> Entry for fn(&A) -> R {
    fn address(self) -> usize {
        self as usize
    }
}

impl<A: 'static, B: 'static, R: 'static> Entry for fn(&A, B) -> R {
    fn address(self) -> usize {
        self as usize
    }
}

impl<R: 'static> Entry for fn() -> R {
    fn address(self) -> usize {
        self as usize
    }
}

/// Where an entry record lies in rodata, and how it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Where, in bytes.
    pub offset: usize,
    /// Its first eight bytes.
    pub magic: u64,
    /// The version of its layout, the four bytes behind those.
    pub abi: u32,
}
