//! Placement in plain memory, which is never run.

use crate::address::VirtAddr;
pub use crate::code_error::{CodeError, Entry, Record, Sizes};
use core::ops::Range;
use spindle_sync::Authority;

/// Three buffers.
#[derive(Debug)]
pub struct Writable([Vec<u8>; 3]);

/// Buffers of the asked sizes.
///
/// # Errors
/// None here.
pub fn reserve(sizes: Sizes) -> Result<Writable, CodeError> {
    Ok(Writable([sizes.text, sizes.rodata, sizes.data].map(|bytes| vec![0; bytes])))
}

impl Writable {
    /// Address of the first buffer.
    #[must_use]
    pub fn text_address(&self) -> VirtAddr {
        VirtAddr(self.0[0].as_ptr() as usize)
    }

    /// Address of the second buffer.
    #[must_use]
    pub fn rodata_address(&self) -> VirtAddr {
        VirtAddr(self.0[1].as_ptr() as usize)
    }

    /// Address of the third buffer.
    #[must_use]
    pub fn data_address(&self) -> VirtAddr {
        VirtAddr(self.0[2].as_ptr() as usize)
    }

    /// All three at once.
    pub fn sections(&mut self) -> (&mut [u8], &mut [u8], &mut [u8]) {
        let [text, rodata, data] = &mut self.0;
        (text, rodata, data)
    }

    /// Ends writing.
    ///
    /// # Errors
    /// None here.
    pub fn seal(self) -> Result<Sealed, CodeError> {
        Ok(Sealed(self.0))
    }
}

/// Buffers that are written no more.
#[derive(Debug)]
pub struct Sealed([Vec<u8>; 3]);

impl Sealed {
    fn range(&self, index: usize) -> Range<usize> {
        let start = self.0[index].as_ptr() as usize;
        start..start + self.0[index].len()
    }

    /// Addresses of the first buffer.
    #[must_use]
    pub fn text_range(&self) -> Range<usize> {
        self.range(0)
    }

    /// Addresses of the second buffer.
    #[must_use]
    pub fn rodata_range(&self) -> Range<usize> {
        self.range(1)
    }

    /// Addresses of the third buffer.
    #[must_use]
    pub fn data_range(&self) -> Range<usize> {
        self.range(2)
    }

    /// Bytes of all three.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Never there: the host runs no extension.
    ///
    /// # Errors
    /// Always [`CodeError::NoEntry`].
    pub fn entry<F: Entry>(&self, record: Record, _: usize, _: &Authority) -> Result<Option<F>, CodeError> {
        Err(CodeError::NoEntry { offset: record.offset })
    }
}

/// Nothing to do.
pub fn synchronise() {}

/// Frees the buffers.
pub fn release(code: Sealed) {
    drop(code);
}
