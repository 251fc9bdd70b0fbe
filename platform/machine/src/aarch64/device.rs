//! Mapping device registers, each range to one owner.

use super::layout::{DEVICE_BASE, DEVICE_END};
use super::memory::KERNEL_MAP;
use super::page_table::Kind;
use crate::address::{PAGE_SIZE, PhysRange};
use crate::mmio::{DeviceRegion, MmioError};
use core::ptr::NonNull;
use spindle_sync::Lock;

/// The first page of the device mappings holds the early console.
pub(crate) const FIRST_PAGE: usize = DEVICE_BASE;
/// Most ranges that can be claimed.
const LARGEST: usize = 64;

struct Claims {
    ranges: [PhysRange; LARGEST],
    count: usize,
    next: usize,
}

static CLAIMS: Lock<Claims> = Lock::new(Claims {
    ranges: [PhysRange { start: crate::address::PhysAddr(0), end: crate::address::PhysAddr(0) }; LARGEST],
    count: 0,
    next: DEVICE_BASE + PAGE_SIZE,
});

/// Maps the device registers `range` and gives them to the caller, for ever.
///
/// # Errors
/// When part of it was given before, lies in RAM, or can't be mapped.
///
/// # Context
/// After memory is set up. Not in interrupt context.
pub fn claim(range: PhysRange) -> Result<DeviceRegion, MmioError> {
    if range.len_bytes() == 0 || super::memory::is_ram(range) {
        return Err(MmioError::NotDevice(range));
    }
    let mut claims = CLAIMS.lock();
    if claims.ranges[..claims.count].iter().any(|claimed| claimed.has_overlap(&range)) {
        return Err(MmioError::AlreadyClaimed(range));
    }
    let pages = range.to_pages_outward();
    let len_bytes = pages.len_bytes() as usize;
    let address = claims.next;
    if claims.count == LARGEST || len_bytes > DEVICE_END - address {
        return Err(MmioError::NoRoom(range));
    }
    let mut map = KERNEL_MAP.lock();
    let map = map.as_mut().ok_or(MmioError::NoMemory)?;
    map.map_pages(address..address + len_bytes, pages.start, Kind::Device).map_err(MmioError::Map)?;
    let count = claims.count;
    claims.ranges[count] = range;
    claims.count += 1;
    claims.next += len_bytes;
    let base = address + (range.start.0 - pages.start.0) as usize;
    let base = NonNull::new(base as *mut u8).ok_or(MmioError::NotDevice(range))?;
    // SAFETY: mapped above as device memory, never unmapped; the claims keep every other region away from it.
    Ok(unsafe { DeviceRegion::new(base, range.len_bytes() as usize) })
}
