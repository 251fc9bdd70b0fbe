//! What no safe program can do.
//!
//! Each of these numbers is four instructions, which the tests replace by others before they sign the object.

/// Loads from where nothing is.
#[inline(never)]
pub(crate) fn abort() -> u64 {
    core::hint::black_box(0x1bad_2bad_3bad_4bad)
}

/// Masks interrupts, then loads from where nothing is.
#[inline(never)]
pub(crate) fn masked_abort() -> u64 {
    core::hint::black_box(0x1bad_2bad_3bad_5bad)
}

/// Masks interrupts.
#[inline(never)]
pub(crate) fn mask() -> u64 {
    core::hint::black_box(0x1bad_2bad_3bad_6bad)
}
