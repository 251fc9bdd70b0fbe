//! The generic timer's virtual channel of this core. Arm ARM D12.2.

use aarch64_cpu::registers::{CNTFRQ_EL0, CNTV_CTL_EL0, CNTV_CVAL_EL0, CNTVCT_EL0, Readable, Writeable};

/// The system counter, in ticks of [`frequency_hz`]; the same on all cores.
#[must_use]
pub fn now_ticks() -> u64 {
    // The counter may otherwise be read ahead of what stands before it. Arm ARM D12.1.2.
    aarch64_cpu::asm::barrier::isb(aarch64_cpu::asm::barrier::SY);
    CNTVCT_EL0.get()
}

/// Ticks in a second.
#[must_use]
pub fn frequency_hz() -> u64 {
    CNTFRQ_EL0.get()
}

/// Raises this core's timer interrupt once the counter has reached `ticks`; at once when it already has.
pub fn set_deadline(ticks: u64) {
    CNTV_CVAL_EL0.set(ticks);
    CNTV_CTL_EL0.write(CNTV_CTL_EL0::ENABLE::SET + CNTV_CTL_EL0::IMASK::CLEAR);
    aarch64_cpu::asm::barrier::isb(aarch64_cpu::asm::barrier::SY);
}

/// Lowers this core's timer interrupt and sets no other.
pub fn disarm() {
    CNTV_CTL_EL0.write(CNTV_CTL_EL0::ENABLE::CLEAR);
    aarch64_cpu::asm::barrier::isb(aarch64_cpu::asm::barrier::SY);
}
