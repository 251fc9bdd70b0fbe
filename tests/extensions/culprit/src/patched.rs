//! What no safe program can do.
//!
//! Each of these numbers is four instructions, which the tests replace by others before they sign the object.

use core::hint::black_box;

/// Loads from where nothing is.
#[inline(never)]
pub(crate) fn abort() -> u64 {
    black_box(0x1bad_2bad_3bad_4bad)
}

/// Masks interrupts, then loads from where nothing is.
#[inline(never)]
pub(crate) fn masked_abort() -> u64 {
    black_box(0x1bad_2bad_3bad_5bad)
}

/// Calls the exception level above the kernel's.
#[inline(never)]
pub(crate) fn call_above() -> u64 {
    black_box(0x1bad_2bad_3bad_7bad)
}

/// Stores the word `value` at `address`.
fn store(address: u64, value: u64) {
    // By its address, so that both are where the code expects them: in the first two registers.
    let code: fn(u64, u64) -> u64 = black_box(store_first_at_second);
    black_box(code(value, address));
}

#[inline(never)]
fn store_first_at_second(_value: u64, _address: u64) -> u64 {
    black_box(0x1bad_2bad_3bad_8bad)
}

/// Where the kernel maps what it claims first on `virt`: the interrupt controller's distributor.
const DISTRIBUTOR: u64 = 0xffff_ffc0_0000_1000;
/// Interrupt 132, which no device of that board has: as a bit of its word, and that word.
const BIT: u64 = 1 << 4;
const WORD: u64 = 4 * 4;

/// Makes an interrupt pending that nobody has asked for, and lets it come to the first core. Arm IHI 0048B, 4.3: GICD_ITARGETSR,
/// GICD_ISPENDR, GICD_ISENABLER; in IHI 0069H the same but for the first, which does nothing there.
pub(crate) fn stray_interrupt() {
    store(DISTRIBUTOR + 0x884, 0x0101_0101);
    store(DISTRIBUTOR + 0x200 + WORD, BIT);
    store(DISTRIBUTOR + 0x100 + WORD, BIT);
}

/// Calls what lies where nothing is. It has called something before, so its frame is one that keeps a return address.
#[inline(never)]
pub(crate) fn wild_call() -> u64 {
    let first = passed(1);
    passed(first ^ core::hint::black_box(0x1bad_2bad_3bad_9bad)).wrapping_add(1)
}

#[inline(never)]
fn passed(number: u64) -> u64 {
    core::hint::black_box(number)
}

/// Returns to where nothing is, and leaves no trace of who has called it.
#[inline(never)]
pub(crate) fn wild_return() -> u64 {
    black_box(0x1bad_2bad_3bad_abad)
}

/// Masks interrupts.
#[inline(never)]
pub(crate) fn mask() -> u64 {
    black_box(0x1bad_2bad_3bad_6bad)
}
