//! Sleeping until an interrupt is pending.

/// Sleeps until an interrupt is pending for this core, masked or not; returns at once when one is. Never WFE: under
/// emulation that is a busy loop.
///
/// # Context
/// With interrupts masked, so that what was checked before cannot change unseen: a pending interrupt ends the sleep and is
/// taken when interrupts are let in. Arm ARM D1.7.2.
pub fn wait_for_interrupt() {
    aarch64_cpu::asm::barrier::dsb(aarch64_cpu::asm::barrier::SY);
    aarch64_cpu::asm::wfi();
}
