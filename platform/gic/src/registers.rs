//! Where an address becomes a device: all of this crate's `unsafe`.
//!
//! A [`DeviceRegion`] is mapped for ever and belongs to whoever holds it. Here it is checked for length and alignment, consumed,
//! and becomes typed registers.

use core::ops::Deref;
use core::ptr::NonNull;

use arm_gic::UniqueMmioPointer;
use spindle_machine::mmio::DeviceRegion;

use crate::error::GicError;

/// A block of registers with interior mutability (tock-registers' types), for all cores.
pub(crate) struct Registers<T: 'static> {
    block: NonNull<T>,
}

impl<T> Clone for Registers<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Registers<T> {}

#[expect(unsafe_code, reason = "tock-registers' types leave the decision to share them to the driver")]
// SAFETY: device memory is reachable from every core, and each access is one volatile load or store; which accesses need a lock
// is the driver's business and no matter of memory safety.
unsafe impl<T> Send for Registers<T> {}

#[expect(unsafe_code, reason = "tock-registers' types leave the decision to share them to the driver")]
// SAFETY: as above.
unsafe impl<T> Sync for Registers<T> {}

impl<T> Registers<T> {
    /// The registers at the start of `region`.
    pub(crate) fn new(region: DeviceRegion, block: &'static str) -> Result<Self, GicError> {
        checked(&region, 0, block).map(|block| Self { block })
    }
}

impl<T> Deref for Registers<T> {
    type Target = T;

    #[inline(always)]
    #[expect(unsafe_code, reason = "an address becomes a device here")]
    fn deref(&self) -> &T {
        // SAFETY: `new` consumed a region that holds a whole, aligned `T` and stays mapped; all fields that a device changes
        // are cells.
        unsafe { self.block.as_ref() }
    }
}

/// The block at `offset_bytes` of `region`, for one owner, as arm-gic wants it. The caller takes each block of a region once.
#[expect(unsafe_code, reason = "an address becomes a device here")]
pub(crate) fn unique<T>(
    region: &mut DeviceRegion,
    offset_bytes: usize,
    block: &'static str,
) -> Result<UniqueMmioPointer<'static, T>, GicError> {
    let registers = checked(region, offset_bytes, block)?;
    // SAFETY: a whole, aligned `T` of mapped device memory that only the region's one holder can reach; the callers, both in
    // `v3`, walk each region once, forwards, and drop it then.
    Ok(unsafe { UniqueMmioPointer::new(registers) })
}

/// Where a `T` lies in `region`, if it does.
fn checked<T>(
    region: &DeviceRegion,
    offset_bytes: usize,
    block: &'static str,
) -> Result<NonNull<T>, GicError> {
    let needed_bytes = offset_bytes.saturating_add(size_of::<T>());
    if region.len_bytes() < needed_bytes {
        return Err(GicError::RegionTooShort { block, len_bytes: region.len_bytes(), needed_bytes });
    }
    let address = region.base().as_ptr().wrapping_add(offset_bytes).cast::<T>();
    match NonNull::new(address) {
        Some(registers) if registers.is_aligned() => Ok(registers),
        _ => Err(GicError::RegionMisaligned { block, address: address.addr() }),
    }
}
