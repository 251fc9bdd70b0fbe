//! The image as the linker script laid it out: its sections, and the tables that the build put beside the code.

use crate::address::{PhysAddr, VirtAddr};
use core::ops::Range;
use core::slice;
use core::sync::atomic::{AtomicU64, Ordering};

macro_rules! linker_symbols {
    ($($name:ident),* $(,)?) => {
        unsafe extern "C" {
            $(static $name: u8;)*
        }
    };
}

linker_symbols!(
    __image_start,
    __image_end,
    __text_start,
    __text_end,
    __rodata_start,
    __rodata_end,
    __data_start,
    __data_end,
    __stack_start,
    __stack_end,
    __exception_stack_start,
    __exception_stack_end,
    __ksymtab_start,
    __ksymtab_end,
    __kdeps_start,
    __kdeps_end,
    __kkeys_start,
    __kkeys_end,
    __kframes_end,
    __kframes_start,
    __knames_start,
    __knames_end,
);

/// The address of a symbol that the linker script defines.
macro_rules! address_of_symbol {
    ($name:ident) => {
        (&raw const $name) as usize
    };
}

/// Where the image was loaded; written once by the first core before any other runs.
static LOAD_ADDRESS: AtomicU64 = AtomicU64::new(0);

pub(crate) fn set_load_address(address: PhysAddr) {
    // Relaxed: other cores start after this store, ordered by the barriers of their start.
    LOAD_ADDRESS.store(address.0, Ordering::Relaxed);
}

/// The physical address of an address inside the image.
pub(crate) fn physical(address: usize) -> PhysAddr {
    let offset = address - address_of_symbol!(__image_start);
    // Relaxed: written once before any reader exists.
    PhysAddr(LOAD_ADDRESS.load(Ordering::Relaxed) + offset as u64)
}

/// Size of the image in memory in bytes: zeroed data, boot stacks and their guard pages included.
#[must_use]
pub fn size_bytes() -> usize {
    address_of_symbol!(__image_end) - address_of_symbol!(__image_start)
}

/// The image's text.
#[must_use]
pub fn text() -> Range<VirtAddr> {
    VirtAddr(address_of_symbol!(__text_start))..VirtAddr(address_of_symbol!(__text_end))
}

/// The image's read-only data.
#[must_use]
pub fn rodata() -> Range<VirtAddr> {
    VirtAddr(address_of_symbol!(__rodata_start))..VirtAddr(address_of_symbol!(__rodata_end))
}

/// The image's writable data, zeroed part included.
#[must_use]
pub fn data() -> Range<VirtAddr> {
    VirtAddr(address_of_symbol!(__data_start))..VirtAddr(address_of_symbol!(__data_end))
}

/// The stack of the first core; the page below is unmapped.
#[must_use]
pub fn stack() -> Range<VirtAddr> {
    VirtAddr(address_of_symbol!(__stack_start))..VirtAddr(address_of_symbol!(__stack_end))
}

/// The exception stack of the first core; the page below is unmapped.
#[must_use]
pub fn exception_stack() -> Range<VirtAddr> {
    VirtAddr(address_of_symbol!(__exception_stack_start))..VirtAddr(address_of_symbol!(__exception_stack_end))
}

/// Bytes between two symbols of the linker script.
fn table(start: usize, end: usize) -> &'static [u8] {
    // SAFETY: the linker script puts both symbols around one section of initialised read-only data.
    unsafe { slice::from_raw_parts(start as *const u8, end - start) }
}

/// The exported symbols, sorted by hash.
#[must_use]
pub fn ksymtab() -> &'static [u8] {
    table(address_of_symbol!(__ksymtab_start), address_of_symbol!(__ksymtab_end))
}

/// The digests of the interface crates.
#[must_use]
pub fn kdeps() -> &'static [u8] {
    table(address_of_symbol!(__kdeps_start), address_of_symbol!(__kdeps_end))
}

/// The trusted signing keys.
#[must_use]
pub fn kkeys() -> &'static [u8] {
    table(address_of_symbol!(__kkeys_start), address_of_symbol!(__kkeys_end))
}

/// What the image's functions have done with their callers' registers, as a table with offsets from the image's text.
#[must_use]
pub fn kframes() -> &'static [u8] {
    table(address_of_symbol!(__kframes_start), address_of_symbol!(__kframes_end))
}

/// The names of the image's functions, for backtraces.
#[must_use]
pub fn knames() -> &'static [u8] {
    table(address_of_symbol!(__knames_start), address_of_symbol!(__knames_end))
}
