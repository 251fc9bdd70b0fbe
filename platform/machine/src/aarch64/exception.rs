//! Exceptions: a typed cause out of the syndrome, and the two calls that go up from here.
//!
//! Invariant: the kernel's code runs on SP_EL0, exceptions on SP_EL1, so a fault on a full stack still has a stack.

use super::callers::{Callers, Where};
use super::reserve::{self, was_to_return_to};
use super::{early, power};
use core::arch::global_asm;
use spindle_sync::Once;

use super::interrupted::{InterruptFrame, was_called_off_at};
pub use super::interrupted::{Interrupted, Return};
use crate::fault::SPSR_I;
pub use crate::fault::{Cause, Fault, Upcalls};

global_asm!(include_str!("vectors.s"));

static UPCALLS: Once<Upcalls> = Once::new();

/// Registers the kernel's upcalls; the first registration stays.
pub fn register(upcalls: Upcalls) {
    UPCALLS.call_once(|| upcalls);
}

/// What `vectors.s` pushes.
#[repr(C)]
struct Frame {
    registers: [u64; 31],
    sp: u64,
    elr: u64,
    spsr: u64,
    esr: u64,
    far: u64,
}

#[unsafe(no_mangle)]
extern "C" fn machine_interrupt(frame: &mut InterruptFrame) {
    if let Some(upcalls) = UPCALLS.get() {
        (upcalls.interrupt)(&mut Interrupted { frame });
    }
}

#[unsafe(no_mangle)]
extern "C" fn machine_fault(frame: &mut Frame, vector: u64) {
    if let Some(resume) = power::refused_semihosting(frame.elr) {
        frame.elr = resume;
        frame.registers[0] = u64::MAX;
        return;
    }
    let mut cause = Cause::decode(frame.esr, vector);
    if let Some(pc) = was_called_off_at(frame.elr) {
        // As it was when it was interrupted, and that was let in.
        (frame.elr, cause) = (pc, Cause::CalledOff);
        frame.spsr &= !SPSR_I;
    }
    if let Some(pc) = was_to_return_to(frame.elr) {
        (frame.elr, cause) = (pc, Cause::FullOnReturn);
    }
    let fault = Fault {
        core: spindle_sync::this_core::index(),
        cause,
        esr: frame.esr,
        far: frame.far,
        elr: frame.elr,
        spsr: frame.spsr,
        registers: frame.registers,
        sp: frame.sp,
    };
    match UPCALLS.get() {
        Some(upcalls) => match (upcalls.fault)(&fault).0 {
            Where::Same => {}
            Where::OnReserve(found) => {
                if !reserve::open(found, frame.sp as usize, &mut frame.registers) {
                    power::exit(101);
                }
            }
            Where::At(sp, run) => {
                (frame.sp, frame.elr) = (sp as u64, run as usize as u64);
                reserve::close_above(sp);
            }
        },
        None => {
            use core::fmt::Write;
            // Nothing is left to tell when this fails.
            let _ = writeln!(
                early::Early,
                "fault before start: {} esr {:#x} elr {:#x} far {:#x}",
                fault.cause,
                fault.esr,
                fault.elr,
                fault.far
            );
            power::exit(101)
        }
    }
}

/// A landing pad has come to its end.
pub(super) fn cleaned_up(token: u64, callers: Option<Callers>) -> ! {
    match UPCALLS.get() {
        Some(upcalls) => (upcalls.cleaned_up)(token, callers),
        // Nobody runs landing pads before there are upcalls.
        None => power::exit(101),
    }
}

/// Lets interrupts in on this core.
///
/// # Context
/// The kernel's run loop only; needs [`register`] to have been called.
pub fn irqs_unmask() {
    use aarch64_cpu::registers::{DAIF, Writeable};
    DAIF.write(DAIF::D::Masked + DAIF::A::Unmasked + DAIF::I::Unmasked + DAIF::F::Masked);
}

/// Keeps interrupts out on this core.
pub fn irqs_mask() {
    use aarch64_cpu::registers::{DAIF, Writeable};
    DAIF.write(DAIF::D::Masked + DAIF::A::Masked + DAIF::I::Masked + DAIF::F::Masked);
}
