//! Ending: with an exit status where somebody listens, else by powering off, else by waiting for ever.
//!
//! Semihosting is a `hlt` that an emulator or a debugger answers (Arm, Semihosting for AArch32 and AArch64, 2.0, SYS_EXIT_EXTENDED);
//! on hardware without one it is an undefined instruction, which [`refused_semihosting`] steps over.

use super::cores::Conduit;
use super::{idle, layout};
use crate::address::PhysAddr;
use core::sync::atomic::{AtomicU64, Ordering};

/// What [`exit`] can do after semihosting, packed in one word: 0 nothing, 1 HVC, 2 SMC, else the address of the Pi's watchdog.
/// Relaxed everywhere: a single word, written at start.
static WAY: AtomicU64 = AtomicU64::new(0);

/// Names the PSCI conduit to power off with.
pub fn set_conduit(conduit: Conduit) {
    WAY.store(if conduit == Conduit::Hvc { 1 } else { 2 }, Ordering::Relaxed);
}

/// Names the BCM2711 power manager to reset with: physical address of its registers, mapped linearly by a `DeviceRegion`.
pub fn set_watchdog(registers: crate::mmio::DeviceRegion) {
    WAY.store(registers.base().as_ptr() as u64, Ordering::Relaxed);
}

/// Ends the machine with `status`.
///
/// # Context
/// Any. Other cores just stop.
pub fn exit(status: u32) -> ! {
    super::exception::irqs_mask();
    semihosting_exit(status);
    match WAY.load(Ordering::Relaxed) {
        0 => {}
        // An error leaves only waiting.
        1 => drop(smccc::psci::system_off::<smccc::Hvc>()),
        2 => drop(smccc::psci::system_off::<smccc::Smc>()),
        watchdog => halt_by_watchdog(watchdog as usize),
    }
    loop {
        idle::wait_for_interrupt();
    }
}

/// SYS_EXIT_EXTENDED (0x20) with ADP_Stopped_ApplicationExit (0x20026) and `status`.
fn semihosting_exit(status: u32) {
    let block: [u64; 2] = [0x20026, u64::from(status)];
    // SAFETY: the call reads the two words of `block` and does not come back, or traps and is stepped over.
    unsafe { semihosting_call(0x20, block.as_ptr()) };
}

unsafe extern "C" {
    static semihosting_hlt: u8;
    fn semihosting_call(operation: u64, block: *const u64) -> u64;
}

/// Where to go on when the fault at `elr` was the `hlt` of [`exit`]: nobody answers semihosting here.
pub(crate) fn refused_semihosting(elr: u64) -> Option<u64> {
    let hlt = &raw const semihosting_hlt as u64;
    (elr == hlt).then_some(hlt + 4)
}

/// BCM2711 PM block: RSTS (0x20) partition 63 means halt, RSTC (0x1c) full reset, WDOG (0x24) ticks; each write carries the
/// password. Linux, drivers/watchdog/bcm2835_wdt.c.
fn halt_by_watchdog(base: usize) {
    const PASSWORD: u32 = 0x5a00_0000;
    for (offset, value) in [(0x20, 0x555), (0x24, 10), (0x1c, 0x20)] {
        // SAFETY: `base` is the mapped PM block, see `set_watchdog`; these are its documented registers.
        unsafe { ((base + offset) as *mut u32).write_volatile(PASSWORD | value) };
    }
}

/// The linear address of a spin-table word or other firmware memory in RAM.
pub(crate) fn firmware_word(address: PhysAddr) -> *mut u64 {
    layout::linear(address).0 as *mut u64
}
