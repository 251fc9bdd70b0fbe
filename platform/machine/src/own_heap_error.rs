//! How code is linked to a heap of its own, and why there is none.

use crate::address::VirtAddr;
use core::fmt;

/// The functions by which code allocates from a heap of its own; any block is freed by the kernel's own function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// In the place of `__rust_alloc`.
    pub allocate: VirtAddr,
    /// In the place of `__rust_alloc_zeroed`.
    pub allocate_zeroed: VirtAddr,
    /// In the place of `__rust_realloc`.
    pub reallocate: VirtAddr,
}

/// There are as many heaps of their own as there can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoHeap {
    /// How many that are.
    pub most: usize,
}

impl fmt::Display for NoHeap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "all {} heaps of domains are in use", self.most)
    }
}

impl core::error::Error for NoHeap {}
