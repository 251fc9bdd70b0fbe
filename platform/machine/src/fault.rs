//! What an exception was: a typed cause out of the syndrome register, and what the kernel registers to hear of it. Pure.

use crate::callers::{Callers, Elsewhere};
use crate::exception::Interrupted;
use core::fmt;

/// What the kernel registers: the exception table's ways up.
#[derive(Debug, Clone, Copy)]
pub struct Upcalls {
    /// An interrupt is pending. Called in interrupt context: no lock, no allocation, no extension code.
    pub interrupt: fn(&mut Interrupted<'_>),
    /// Something failed on this core; where the core goes on. Called in interrupt context.
    pub fault: fn(&Fault) -> Elsewhere,
    /// A landing pad has come to its end that was run with this number, in this frame.
    pub cleaned_up: fn(u64, Option<Callers>) -> !,
}

/// What went wrong. Arm ARM D24.2.40 (ESR_EL1, exception classes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// An instruction that this core does not have or may not run.
    Undefined,
    /// A floating-point or vector instruction; the kernel and its extensions use none.
    FloatingPoint,
    /// An instruction fetch that the page tables refuse.
    InstructionAbort,
    /// A load or a store that the page tables refuse.
    DataAbort {
        /// Whether it was a store.
        is_write: bool,
    },
    /// A program counter that is not aligned.
    PcAlignment,
    /// A stack pointer that is not aligned.
    SpAlignment,
    /// `brk` with this comment field.
    Breakpoint(u16),
    /// None: an interrupt has had it fail ([`Interrupted::call_off`]).
    CalledOff,
    /// None: a function of the kernel has come to its end that had found its caller's stack full
    /// ([`Elsewhere::on_reserve`]).
    FullOnReturn,
    /// An asynchronous external abort.
    SystemError,
    /// An exception while another was being handled, or a vector that nothing should reach, by number.
    UnexpectedVector(u64),
    /// Any other class, by number.
    Other(u8),
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => out.write_str("undefined instruction"),
            Self::FloatingPoint => out.write_str("floating-point instruction"),
            Self::InstructionAbort => out.write_str("instruction abort"),
            Self::DataAbort { is_write: true } => out.write_str("data abort on a store"),
            Self::DataAbort { is_write: false } => out.write_str("data abort on a load"),
            Self::PcAlignment => out.write_str("program counter alignment"),
            Self::SpAlignment => out.write_str("stack pointer alignment"),
            Self::Breakpoint(comment) => write!(out, "breakpoint {comment:#x}"),
            Self::CalledOff => out.write_str("called off"),
            Self::FullOnReturn => out.write_str("its stack was full in a function of the kernel"),
            Self::SystemError => out.write_str("system error"),
            Self::UnexpectedVector(vector) => write!(out, "unexpected vector {vector}"),
            Self::Other(class) => write!(out, "exception class {class:#x}"),
        }
    }
}

/// An exception that does not come back to where it was taken, with the registers as they were.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// The core it happened on.
    pub core: usize,
    /// What it was.
    pub cause: Cause,
    /// Syndrome register.
    pub esr: u64,
    /// Faulting address; meaningful for aborts.
    pub far: u64,
    /// Where the exception was taken from.
    pub elr: u64,
    /// Saved program status.
    pub spsr: u64,
    /// x0 to x30.
    pub registers: [u64; 31],
    /// The stack pointer of the interrupted code (SP_EL0).
    pub sp: u64,
}

impl Fault {
    /// Whether interrupts were let in where it happened.
    #[must_use]
    pub fn is_interruptible(&self) -> bool {
        self.spsr & SPSR_I == 0
    }
}

/// SPSR_EL1, Arm ARM C5.2.19: interrupts are masked.
pub(crate) const SPSR_I: u64 = 1 << 7;

impl Cause {
    /// Reads the cause off the syndrome and the number of the vector (0 to 15) it came through.
    pub fn decode(esr: u64, vector: u64) -> Self {
        match vector {
            0 | 8 => {}
            3 | 11 => return Self::SystemError,
            other => return Self::UnexpectedVector(other),
        }
        match (esr >> 26) as u8 & 0x3f {
            0x00 => Self::Undefined,
            0x07 => Self::FloatingPoint,
            0x20 | 0x21 => Self::InstructionAbort,
            0x22 => Self::PcAlignment,
            0x24 | 0x25 => Self::DataAbort { is_write: esr & (1 << 6) != 0 },
            0x26 => Self::SpAlignment,
            0x3c => Self::Breakpoint(esr as u16),
            other => Self::Other(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cause;

    #[test]
    fn a_store_through_an_unmapped_page_is_a_data_abort_on_a_store() {
        assert_eq!(Cause::decode(0x9600_0047, 0), Cause::DataAbort { is_write: true });
        assert_eq!(Cause::decode(0x9600_0007, 0), Cause::DataAbort { is_write: false });
    }

    #[test]
    fn a_fault_on_the_exception_stack_is_an_unexpected_vector() {
        assert_eq!(Cause::decode(0x9600_0047, 4), Cause::UnexpectedVector(4));
    }

    #[test]
    fn what_comes_through_the_vector_for_system_errors_is_one_whatever_its_syndrome() {
        for esr in [0, 0xbe00_0000, 0xbf00_0011, 0x9600_0047] {
            assert_eq!(Cause::decode(esr, 3), Cause::SystemError);
        }
        assert_eq!(Cause::decode(0xbe00_0000, 7), Cause::UnexpectedVector(7));
    }

    #[test]
    fn a_breakpoint_keeps_its_comment() {
        assert_eq!(Cause::decode(0xf200_1234, 0), Cause::Breakpoint(0x1234));
    }
}
