//! The core that runs this code: which one it is, how it waits, its interrupt mask and its instruction
//! counter.
//!
//! In the kernel these are single instructions. On the host a core is a registered thread (see
//! `Grace::register_thread`), there are no interrupts to mask, and nothing is counted.

#[cfg(target_os = "none")]
mod aarch64;
#[cfg(not(target_os = "none"))]
mod host;

#[cfg(target_os = "none")]
use aarch64 as machine;
#[cfg(not(target_os = "none"))]
use host as machine;

use core::marker::PhantomData;

#[cfg(not(target_os = "none"))]
pub(crate) use host::set_index;

/// The number of this core, from 0. Stale at once for code that can be moved to another core.
///
/// # Panics
///
/// On the host, when the thread is not registered as a core.
#[inline(always)]
pub fn index() -> usize {
    machine::index()
}

/// One turn of a waiting loop. Executes `yield`, which under emulation hands the turn to the next core.
#[inline(always)]
pub fn relax() {
    machine::relax();
}

/// How many instructions this core has executed, as far as its cycle counter tells (exact under `-icount`); 0
/// on the host.
#[inline(always)]
pub fn instructions() -> u64 {
    machine::instructions()
}

/// The machine's counter as it is now, in ticks, read without waiting for what stands before it; 0 on the host.
#[inline(always)]
pub fn ticks() -> u64 {
    machine::ticks()
}

/// How many [`ticks`] there are in a second.
pub fn ticks_per_second() -> u64 {
    machine::ticks_per_second()
}

/// Whether interrupts of this core are masked. On the host they never are.
pub fn is_masked() -> bool {
    machine::is_masked()
}

/// Waits for an interrupt, whether it is masked or not; may return without one.
pub(crate) fn wait() {
    machine::wait();
}

/// Keeps interrupts of this core masked while it lives.
///
/// Dropping it restores what it found, so several have to be dropped in reverse order. Nothing in this crate
/// takes one of these from a caller as proof; each section that needs the mask makes its own.
#[derive(Debug)]
#[must_use = "interrupts come back as soon as this is dropped"]
pub struct IrqsMasked {
    found: machine::Mask,
    _stays_on_its_core: PhantomData<*mut ()>,
}

impl IrqsMasked {
    /// Masks IRQs and remembers what the mask was.
    #[inline(always)]
    pub fn enter() -> Self {
        Self { found: machine::mask_irqs(), _stays_on_its_core: PhantomData }
    }
}

/// Keeps interrupts of this core masked while it lives, where they are let in: they are again when it is dropped. Takes no register to
/// remember that, and an instruction less than [`IrqsMasked`].
#[derive(Debug)]
#[must_use = "interrupts come back as soon as this is dropped"]
pub struct IrqsKeptOut {
    _stays_in_its_section: PhantomData<*mut ()>,
}

impl IrqsKeptOut {
    /// Masks IRQs, which are let in.
    #[inline(always)]
    pub fn enter() -> Self {
        debug_assert!(!is_masked(), "interrupts are masked already, and would be let in too early");
        machine::keep_irqs_out();
        Self { _stays_in_its_section: PhantomData }
    }
}

impl Drop for IrqsKeptOut {
    #[inline(always)]
    fn drop(&mut self) {
        machine::let_irqs_in();
    }
}

impl Drop for IrqsMasked {
    #[inline(always)]
    fn drop(&mut self) {
        machine::restore_irqs(self.found);
    }
}
