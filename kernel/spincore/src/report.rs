//! The last report: what happened when the kernel itself fails, by panic or by an exception that nobody can answer.
//!
//! It uses nothing that could be broken or in use: no heap, no lock that it waits for, no UART driver. The other cores are
//! stopped first, as far as they let interrupts in, so that they do not write in between. Core, cause, registers and a
//! symbolised backtrace; then the machine is ended with a status that says so.

mod backtrace;

use crate::place::Place;
use crate::{containment, interrupt};
use core::fmt::Write;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicUsize, Ordering};
use spindle_machine::address::PAGE_SIZE;
use spindle_machine::callers::Elsewhere;
use spindle_machine::early::Early;
use spindle_machine::exception::{Cause, Fault};
use spindle_machine::{memory, power};
use spindle_sync::this_core;

/// Exit status of a kernel that failed.
const STATUS: u32 = 101;
/// Registers on one line.
const COLUMNS: usize = 4;
/// The frame pointer (AAPCS64, 6.1.1).
const FRAME_POINTER: usize = 29;

/// Which core reports: its number plus one, or zero for none.
static REPORTING: AtomicUsize = AtomicUsize::new(0);

/// Reports a panic and ends the machine, unless it is an extension's that can be given up.
///
/// # Context
/// Any.
pub fn panic(info: &PanicInfo<'_>) -> ! {
    containment::contain(info);
    begin();
    say(format_args!("\nkernel panic on core {}: {}\n", this_core::index(), info.message()));
    if let Some(place) = info.location() {
        say(format_args!("  at {place}\n"));
    }
    if let Some((bytes, taken_bytes)) = memory::heap_now() {
        say(format_args!("  {taken_bytes} of {bytes} bytes of heap are taken\n"));
    }
    backtrace::write(backtrace::here(), backtrace::here(), None);
    power::exit(STATUS)
}

/// Says where the core goes on after an exception; reports one that is not an extension's, and ends the machine.
///
/// # Context
/// The machine's upcall, on the core it happened on.
pub(crate) fn fault(fault: &Fault) -> Elsewhere {
    match containment::contain_fault(fault) {
        Some(elsewhere) => elsewhere,
        None => report_fault(fault),
    }
}

fn report_fault(fault: &Fault) -> ! {
    begin();
    say(format_args!(
        "\nkernel exception on core {}: {}\n  esr {:#010x} far {:#018x} spsr {:#010x}\n",
        fault.core, fault.cause, fault.esr, fault.far, fault.spsr
    ));
    if fault.cause == Cause::SystemError {
        say(format_args!(
            "  asynchronous: it interrupted {}, which may not be what it is about\n",
            Place::At(fault.elr as usize)
        ));
    }
    for (row, values) in fault.registers.chunks(COLUMNS).enumerate() {
        say(format_args!(" "));
        for (column, value) in values.iter().enumerate() {
            say(format_args!(" x{:<2} {value:#018x}", row * COLUMNS + column));
        }
        say(format_args!("\n"));
    }
    say(format_args!("  sp  {:#018x} pc {:#018x}\n", fault.sp, fault.elr));
    if matches!(fault.cause, Cause::DataAbort { .. }) && fault.far.abs_diff(fault.sp) < PAGE_SIZE as u64 {
        say(format_args!("  beside the stack pointer: the stack has most likely overflowed\n"));
    }
    backtrace::write(fault.sp, fault.registers[FRAME_POINTER], Some(fault.elr));
    power::exit(STATUS)
}

/// Makes this core the one that reports. A second core that fails meanwhile stands still; a report that fails itself is cut
/// short.
fn begin() {
    let this = this_core::index() + 1;
    match REPORTING.compare_exchange(0, this, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => interrupt::stop_others(),
        Err(other) if other == this => {
            say(format_args!("\nthe report failed as well\n"));
            power::exit(STATUS)
        }
        Err(_) => interrupt::stand_still(),
    }
}

fn say(what: core::fmt::Arguments<'_>) {
    // The early console does not fail.
    let _ = Early.write_fmt(what);
}
