//! What an interrupt has interrupted, and how it goes on elsewhere.
//!
//! An interrupt returns to where it was taken from, unless what ran there is given up: then it returns to where its caller
//! goes on. If that ran a function of the kernel, the function is left to end, and returns to that place.
//!
//! Sources: `vectors.s` (the frame), AAPCS64 6.4.6 (frame records).

use super::context::{self, Context, Registers};
use super::memory::is_on_a_stack;
use super::reserve;
use crate::fault::SPSR_I;
use core::arch::asm;
use core::fmt;
use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering};
use spindle_sync::boundary::Landing;
use spindle_sync::{Authority, MAX_CORES, this_core};

unsafe extern "C" {
    safe fn called_off() -> !;
}

/// Where each core was when it was called off. Relaxed: written and read by that core, in exceptions.
static CALLED_OFF: [AtomicU64; MAX_CORES] = [const { AtomicU64::new(0) }; MAX_CORES];

/// Where the core was that now fails at `pc`, if that is because it was called off.
pub(super) fn was_called_off_at(pc: u64) -> Option<u64> {
    (pc == called_off as *const () as u64).then(|| CALLED_OFF[this_core::index()].load(Ordering::Relaxed))
}

/// What `vectors.s` pushes for an interrupt.
#[repr(C)]
pub(crate) struct InterruptFrame {
    /// x0 to x18.
    registers: [u64; 19],
    x30: u64,
    x29: u64,
    elr: u64,
    spsr: u64,
}

/// An interrupted core.
pub struct Interrupted<'a> {
    pub(super) frame: &'a mut InterruptFrame,
}

/// Where an address to return to stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Return {
    /// The address.
    pub address: usize,
    /// The frame record that holds it; none if it is still in its register.
    record: Option<usize>,
}

/// Most frame records that are followed.
const LONGEST: usize = 64;

impl Interrupted<'_> {
    /// Where the core was.
    pub fn pc(&self) -> usize {
        self.frame.elr as usize
    }

    /// Has the core go on at `landing` when the interrupt returns.
    pub fn give_up(&mut self, landing: &Landing) {
        let (address, [x0, x1]) = landing.registers();
        self.frame.elr = address as u64;
        self.frame.registers[0] = x0;
        self.frame.registers[1] = x1;
    }

    /// Closes the reserve of this core's stack if it is not needed any more; whether it still is open, and whether the core is on it.
    pub fn settle_reserve(&mut self) -> (bool, bool) {
        let sp = sp_el0();
        reserve::close_above(sp);
        (reserve::is_open(), reserve::is_on(sp))
    }

    /// Has what runs there fail where it is: the machine's upcall for faults comes next, with [`Cause::CalledOff`].
    ///
    /// [`Cause::CalledOff`]: crate::fault::Cause::CalledOff
    pub fn call_off(&mut self) {
        CALLED_OFF[this_core::index()].store(self.frame.elr, Ordering::Relaxed);
        self.frame.elr = called_off as *const () as u64;
        // Nothing comes in between. `machine_fault` lets interrupts in again.
        self.frame.spsr |= SPSR_I;
    }

    /// Sets aside what runs there, which is `context`: the core goes on in `host`, which was left to have it run, and is handed `here`.
    ///
    /// # Context
    /// Interrupt context. What runs there lets interrupts in, and holds no lock.
    pub fn set_aside<T: Sync>(
        &mut self,
        _: &Authority,
        context: &Context<T>,
        host: &Context<T>,
        here: &'static T,
    ) {
        let frame = &mut *self.frame;
        let mut registers = Registers::default();
        registers.x[..frame.registers.len()].copy_from_slice(&frame.registers);
        (registers.x[29], registers.x[30]) = (frame.x29, frame.x30);
        (registers.pc, registers.spsr, registers.sp) = (frame.elr, frame.spsr, sp_el0() as u64);
        let (place, sp) = context.keep(registers, host);
        (frame.registers[0], frame.registers[1]) = (place as u64, sp as u64);
        frame.registers[2] = ptr::from_ref(here).addr() as u64;
        frame.elr = context::set_aside as *const () as u64;
        frame.spsr |= SPSR_I;
    }

    /// The innermost return, among those that stand below `limit` on the stack, to an address of which `is_wanted`.
    pub fn find_return(&self, limit: usize, is_wanted: impl Fn(usize) -> bool) -> Option<Return> {
        let link = self.frame.x30 as usize;
        // In the register, before a function has saved it and after it has taken it back.
        let in_register = is_wanted(link).then_some(Return { address: link, record: None });
        let mut record = self.frame.x29 as usize;
        for _ in 0..LONGEST {
            if !record.is_multiple_of(16) || record >= limit || !is_on_a_stack(record) {
                break;
            }
            // SAFETY: the record is 16-aligned and lies on a mapped stack, so its two words are readable.
            let [next, link] = unsafe { (record as *const [usize; 2]).read_volatile() };
            if is_wanted(link) {
                return Some(Return { address: link, record: Some(record) });
            }
            if link == 0 || next <= record {
                break;
            }
            record = next;
        }
        in_register
    }

    /// Has the function that would return by `found` give up its caller instead.
    pub fn give_up_on_return(&mut self, found: Return) {
        let address = Landing::on_return();
        // In both places: between two instructions of its end it may have taken the address back.
        if self.frame.x30 as usize == found.address {
            self.frame.x30 = address as u64;
        }
        if let Some(record) = found.record {
            let link = (record + size_of::<usize>()) as *mut usize;
            // SAFETY: `find_return` has found a frame record there, on the stack of what is interrupted, whose second word is an
            // address to return to and nothing else.
            unsafe { link.write_volatile(address) };
        }
    }
}

/// The stack pointer of what was interrupted.
fn sp_el0() -> usize {
    let sp: usize;
    // SAFETY: reads one register, that of what was interrupted.
    unsafe { asm!("mrs {}, sp_el0", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}

impl fmt::Debug for Interrupted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Interrupted at {:#x}", self.frame.elr)
    }
}
