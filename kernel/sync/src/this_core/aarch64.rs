//! The core, by its system registers. Source: Arm ARM DDI 0487, D24 (TPIDR_EL1, DAIF, PMCCNTR_EL0,
//! CNTVCT_EL0) and C6
//! (YIELD, WFI).

use core::arch::asm;

use crate::MAX_CORES;

/// What DAIF held.
pub(super) type Mask = u64;

#[inline(always)]
pub(super) fn index() -> usize {
    let index: usize;
    // SAFETY: reads a register that start-up has set to the core's number; touches no memory. Not `pure`: a
    // strand can change cores.
    unsafe { asm!("mrs {}, tpidr_el1", out(reg) index, options(nomem, nostack, preserves_flags)) };
    // SAFETY: start-up gives each core that runs anything a number below that.
    unsafe { core::hint::assert_unchecked(index < MAX_CORES) };
    index
}

#[inline(always)]
pub(super) fn relax() {
    // SAFETY: a hint; changes no state.
    unsafe { asm!("yield", options(nomem, nostack, preserves_flags)) };
}

#[inline(always)]
pub(super) fn instructions() -> u64 {
    let count: u64;
    // SAFETY: reads a counter. Clobbers memory as far as the compiler knows, so that what is measured is not
    // moved across.
    unsafe { asm!("mrs {}, pmccntr_el0", out(reg) count, options(nostack, preserves_flags)) };
    count
}

#[inline(always)]
pub(super) fn ticks() -> u64 {
    let count: u64;
    // SAFETY: reads a counter. Clobbers memory as far as the compiler knows, as above.
    unsafe { asm!("mrs {}, cntvct_el0", out(reg) count, options(nostack, preserves_flags)) };
    count
}

#[inline(always)]
pub(super) fn ticks_per_second() -> u64 {
    let hz: u64;
    // SAFETY: reads a register that firmware has set; touches no memory.
    unsafe { asm!("mrs {}, cntfrq_el0", out(reg) hz, options(nomem, nostack, preserves_flags)) };
    hz
}

pub(super) fn is_masked() -> bool {
    let daif: u64;
    // SAFETY: reads the mask; touches no memory.
    unsafe { asm!("mrs {}, daif", out(reg) daif, options(nomem, nostack, preserves_flags)) };
    daif & (1 << 7) != 0
}

pub(super) fn wait() {
    // SAFETY: waits; the barrier makes earlier stores of this core visible before it stops.
    unsafe { asm!("dsb sy", "wfi", options(nostack, preserves_flags)) };
}

#[inline(always)]
pub(super) fn mask_irqs() -> Mask {
    let found: Mask;
    // SAFETY: masking interrupts is always allowed. Without `nomem`, so no access moves out of the masked
    // section.
    unsafe { asm!("mrs {}, daif", "msr daifset, #2", out(reg) found, options(nostack, preserves_flags)) };
    found
}

#[inline(always)]
pub(super) fn restore_irqs(found: Mask) {
    // SAFETY: restores what `mask_irqs` found on this core. Without `nomem`, as above.
    unsafe { asm!("msr daif, {}", in(reg) found, options(nostack, preserves_flags)) };
}

#[inline(always)]
pub(super) fn keep_irqs_out() {
    // SAFETY: masking interrupts is always allowed. Without `nomem`, as above.
    unsafe { asm!("msr daifset, #2", options(nostack, preserves_flags)) };
}

#[inline(always)]
pub(super) fn let_irqs_in() {
    // SAFETY: `keep_irqs_out` was called where they were let in. Without `nomem`, as above.
    unsafe { asm!("msr daifclr, #2", options(nostack, preserves_flags)) };
}
