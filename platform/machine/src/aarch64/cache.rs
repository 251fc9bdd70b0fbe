//! Making written instructions and tables visible where the caches do not. Arm ARM B2.7.4, D7.5.9.

use core::arch::asm;
use core::ops::Range;

/// Smallest data and instruction cache lines in bytes. CTR_EL0, Arm ARM D24.2.34.
fn lines() -> (usize, usize) {
    let ctr: usize;
    // SAFETY: reads one register.
    unsafe { asm!("mrs {}, ctr_el0", out(reg) ctr, options(nomem, nostack, preserves_flags)) };
    (4 << ((ctr >> 16) & 15), 4 << (ctr & 15))
}

/// Makes freshly written instructions in `range` fetchable: clean data lines to the point of unification, invalidate
/// instruction lines on all cores of the inner domain. Every core still needs an `isb` before it runs them.
pub(crate) fn publish_instructions(range: Range<usize>) {
    let (data_line, instruction_line) = lines();
    for address in (range.start & !(data_line - 1)..range.end).step_by(data_line) {
        // SAFETY: cache maintenance by address changes no memory content.
        unsafe { asm!("dc cvau, {}", in(reg) address, options(nostack, preserves_flags)) };
    }
    // SAFETY: a barrier.
    unsafe { asm!("dsb ish", options(nostack, preserves_flags)) };
    for address in (range.start & !(instruction_line - 1)..range.end).step_by(instruction_line) {
        // SAFETY: as above.
        unsafe { asm!("ic ivau, {}", in(reg) address, options(nostack, preserves_flags)) };
    }
    // SAFETY: barriers.
    unsafe { asm!("dsb ish", "isb", options(nostack, preserves_flags)) };
}

/// Writes `range` back to memory and drops it, for a core that reads it with its caches off.
pub(crate) fn clean_to_memory(range: Range<usize>) {
    let (data_line, _) = lines();
    for address in (range.start & !(data_line - 1)..range.end).step_by(data_line) {
        // SAFETY: cache maintenance by address changes no memory content.
        unsafe { asm!("dc civac, {}", in(reg) address, options(nostack, preserves_flags)) };
    }
    // SAFETY: a barrier.
    unsafe { asm!("dsb sy", options(nostack, preserves_flags)) };
}

/// Makes this core fetch afresh.
pub(crate) fn synchronise() {
    aarch64_cpu::asm::barrier::isb(aarch64_cpu::asm::barrier::SY);
}
