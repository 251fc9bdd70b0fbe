//! The test kernel: what can only be seen from inside a machine, by concern.
//!
//! One image; the boot argument `suite=NAME` picks the concern, and without it (QEMU's `raspi4b` gives no arguments) those
//! that leave the machine running are run. It stands on the platform crates alone: what the kernel proper does is tested
//! through its shell.
//!
//! - `memory`: heap, code window, device claims.
//! - `cores`: every core starts, on a stack of its own.
//! - `interrupts`: the interrupt controller's promises, the four defects of the GICv2 driver among them.
//! - `faults`: what must not be possible ends in the right fault; one boot each.
#![cfg(target_os = "none")]
#![no_std]
#![expect(unsafe_code, reason = "the faults suite does what safe code can't, to see it refused")]

extern crate alloc;

mod cores;
mod faults;
mod interrupts;
mod memory;
mod setting;
mod suite;

mod image {
    //! What makes this crate an image.

    use core::fmt::Write;
    use core::panic::PanicInfo;
    use spindle_machine::{backtrace, early::Early, heap::Heap, power};

    #[global_allocator]
    static HEAP: Heap = Heap;

    spindle_machine::entry!(crate::suite::run);

    #[panic_handler]
    fn panic(info: &PanicInfo<'_>) -> ! {
        // Nothing is left to tell when this fails.
        let _ = writeln!(Early, "{}: {info}", spindle_protocol::PANIC);
        backtrace::walk(backtrace::here(), backtrace::here(), &|_| false, &mut |address, _| {
            let _ = writeln!(Early, "  {address:#x}");
        });
        power::exit(spindle_protocol::STATUS_FAILED)
    }
}
