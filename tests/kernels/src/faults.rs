//! What must not be possible ends in the right fault. Each attempt is a boot of its own: a fault does not come back.

use crate::setting::Setting;
use crate::suite::{mark, say};
use alloc::boxed::Box;
use core::hint::black_box;
use core::sync::atomic::{AtomicUsize, Ordering};
use spindle_machine::code::{self, Sizes};
use spindle_machine::exception::{self, Cause, Fault, Upcalls};
use spindle_machine::{image, power};
use spindle_protocol::{Marker, STATUS_FAILED, STATUS_PASSED};

/// An attempt at the forbidden.
type Attempt = fn(&mut Setting);

/// Each attempt with the fault it has to end in.
const ATTEMPTS: [(&str, Attempt, Cause); 9] = [
    ("text_is_not_writable", write_text, Cause::DataAbort { is_write: true }),
    ("rodata_is_not_writable", write_rodata, Cause::DataAbort { is_write: true }),
    ("rodata_is_not_executable", run_rodata, Cause::InstructionAbort),
    ("the_heap_is_not_executable", run_heap, Cause::InstructionAbort),
    ("sealed_text_is_not_writable", write_sealed, Cause::DataAbort { is_write: true }),
    ("released_text_is_gone", read_released, Cause::DataAbort { is_write: false }),
    ("null_is_not_readable", read_null, Cause::DataAbort { is_write: false }),
    ("a_full_stack_hits_its_guard_page", overflow, Cause::DataAbort { is_write: true }),
    ("floating_point_traps", use_floating_point, Cause::FloatingPoint),
];

/// Which of the attempts is under way.
static CURRENT: AtomicUsize = AtomicUsize::new(0);

/// The attempt of that name.
pub(crate) fn find(name: &str) -> Option<(&'static str, Attempt)> {
    ATTEMPTS.iter().find(|attempt| attempt.0 == name).map(|attempt| (attempt.0, attempt.1))
}

/// From here on a fault is judged as that attempt's.
pub(crate) fn expect(name: &str) {
    let index = ATTEMPTS.iter().position(|attempt| attempt.0 == name).unwrap_or(0);
    // Relaxed: read on this core only.
    CURRENT.store(index, Ordering::Relaxed);
    exception::register(Upcalls {
        interrupt: |_| {},
        fault: |fault| judge(fault),
        cleaned_up: |_, _| power::exit(spindle_protocol::STATUS_FAILED),
    });
}

fn judge(fault: &Fault) -> ! {
    let (name, _, cause) = ATTEMPTS[CURRENT.load(Ordering::Relaxed)];
    if fault.cause == cause {
        mark(&Marker::Pass(name));
        mark(&Marker::Done);
        power::exit(STATUS_PASSED)
    }
    say(format_args!("esr {:#x} elr {:#x} far {:#x}", fault.esr, fault.elr, fault.far));
    mark(&Marker::Fail(name, "another fault than expected"));
    power::exit(STATUS_FAILED)
}

fn store_to(address: usize) {
    // SAFETY: none: the store is expected to be refused by the page tables, and the test fails when it is not.
    unsafe { (address as *mut u32).write_volatile(0) };
}

fn jump_to(address: usize) {
    // SAFETY: none: the jump is expected to be refused by the page tables, and the test fails when it is not.
    let function = unsafe { core::mem::transmute::<usize, extern "C" fn()>(address) };
    function();
}

fn load_from(address: usize) {
    // SAFETY: none: the load is expected to be refused by the page tables, and the test fails when it is not.
    black_box(unsafe { (address as *const u32).read_volatile() });
}

fn write_text(_: &mut Setting) {
    store_to(image::text().start.0 + 64);
}

fn write_rodata(_: &mut Setting) {
    store_to(image::rodata().start.0);
}

fn run_rodata(_: &mut Setting) {
    jump_to(image::rodata().start.0);
}

fn run_heap(_: &mut Setting) {
    // mov x0, #42; ret
    let code = Box::new([0xd280_0540_u32, 0xd65f_03c0]);
    jump_to(Box::leak(code).as_ptr() as usize);
}

/// A sealed page with `ret` in it.
fn sealed() -> Option<code::Sealed> {
    let mut writable = code::reserve(Sizes { text: 4, rodata: 0, data: 0 }).ok()?;
    writable.text().copy_from_slice(&0xd65f_03c0_u32.to_le_bytes());
    writable.seal().ok()
}

fn write_sealed(_: &mut Setting) {
    if let Some(code) = sealed() {
        store_to(code.text_range().start);
    }
}

fn read_released(_: &mut Setting) {
    if let Some(code) = sealed() {
        let address = code.text_range().start;
        load_from(address);
        code::release(code);
        load_from(address);
    }
}

fn read_null(_: &mut Setting) {
    load_from(8);
}

fn overflow(_: &mut Setting) {
    #[expect(unconditional_recursion, reason = "that is the point")]
    fn deeper(depth: u64) -> u64 {
        let frame = black_box([depth; 32]);
        deeper(depth + 1) + frame[(depth % 32) as usize]
    }
    black_box(deeper(0));
}

fn use_floating_point(_: &mut Setting) {
    #[cfg(target_os = "none")]
    // SAFETY: `fmov d0, xzr` changes a register that this kernel does not use; it is expected to trap.
    unsafe {
        core::arch::asm!(".inst 0x9e6703e0", options(nomem, nostack));
    }
}
