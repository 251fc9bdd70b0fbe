//! The boundary's registers. Source: Arm AAPCS64 6.1.1 (which registers a call preserves).

use core::arch::{global_asm, naked_asm};
use core::mem::ManuallyDrop;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::{End, Frame, innermost};
use crate::authority::Authority;

/// Where on the stack `boundary_enter` has put x19 to x30; zero before the call has been entered and after it has been left.
#[repr(transparent)]
pub(super) struct Saved(AtomicUsize);

impl Saved {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(super) fn stack(&self) -> usize {
        // Relaxed: written by this core.
        self.0.load(Ordering::Relaxed)
    }
}

// boundary_enter(saved, code, state): calls code(state); 0 when that returns.
// boundary_land(saved, end): has the last boundary_enter with this `saved` return `end`.
// boundary_returned: where a function of the kernel returns to whose caller was given up meanwhile.
global_asm!(
    ".pushsection .text.boundary, \"ax\"",
    ".balign 16",
    ".global boundary_enter, boundary_land, boundary_returned, boundary_end",
    "boundary_enter:",
    "    stp x29, x30, [sp, #-112]!",
    "    mov x29, sp",
    "    stp x0, x19, [sp, #16]",
    "    stp x20, x21, [sp, #32]",
    "    stp x22, x23, [sp, #48]",
    "    stp x24, x25, [sp, #64]",
    "    stp x26, x27, [sp, #80]",
    "    str x28, [sp, #96]",
    "    str x29, [x0]",
    "    mov x0, x2",
    "    blr x1",
    "    ldr x9, [sp, #16]",
    "    mov x0, #0",
    "    str xzr, [x9]",
    "    ldp x29, x30, [sp], #112",
    "    ret",
    "boundary_land:",
    "    ldr x9, [x0]",
    "    str xzr, [x0]",
    "    mov sp, x9",
    "    mov x0, x1",
    "    ldr x19, [sp, #24]",
    "    ldp x20, x21, [sp, #32]",
    "    ldp x22, x23, [sp, #48]",
    "    ldp x24, x25, [sp, #64]",
    "    ldp x26, x27, [sp, #80]",
    "    ldr x28, [sp, #96]",
    "    ldp x29, x30, [sp], #112",
    "    ret",
    "boundary_returned:",
    "    mov x29, xzr",
    "    b boundary_give_up_overrun",
    "boundary_end:",
    ".popsection",
);

unsafe extern "C" {
    fn boundary_enter();
    fn boundary_land(saved: *const Saved, end: u64) -> !;
    fn boundary_returned() -> !;
    fn boundary_end() -> !;
}

/// Calls `work` so that it can be given up.
#[inline(always)]
pub(super) fn enter<W: FnOnce()>(saved: &Saved, work: W) -> Option<End> {
    let mut work = ManuallyDrop::new(work);
    let state = (&raw mut work).cast::<()>();
    // SAFETY: `call` takes what `state` points to, once.
    match unsafe { enter_here(saved, call::<W>, state) } {
        0 => None,
        end => Some(ended(end)),
    }
}

/// Apart, so that a call that comes to its end goes straight on.
#[cold]
#[inline(never)]
fn ended(end: u64) -> End {
    if end == End::Panicked as u64 { End::Panicked } else { End::Overran }
}

/// Apart from `enter`, so that what an extension imports is a function of this crate.
///
/// # Safety
///
/// `code` may be called with `state`, and one word may be written to `saved`.
#[unsafe(naked)]
unsafe extern "C" fn enter_here(
    saved: *const Saved,
    code: unsafe extern "C" fn(*mut ()),
    state: *mut (),
) -> u64 {
    naked_asm!("b boundary_enter")
}

/// # Safety
///
/// `work` points to a `W`, which the caller gives up.
unsafe extern "C" fn call<W: FnOnce()>(work: *mut ()) {
    // SAFETY: by the caller's promise.
    let work = unsafe { work.cast::<W>().read() };
    work();
}

/// Gives up this core's innermost call, in which the caller runs; comes back when there is none.
///
/// # Context
/// Above the frame, with no lock held: what stands between is never run to its end.
pub fn give_up(_: &Authority, end: End) {
    give_up_innermost(end);
}

fn give_up_innermost(end: End) {
    if let Some(frame) = innermost() {
        // SAFETY: the innermost frame is below us on this stack, and its `boundary_enter` has not returned.
        unsafe { boundary_land(&frame.saved, end as u64) }
    }
}

/// Called by `boundary_returned`, on the stack of what was given up.
#[unsafe(no_mangle)]
extern "C" fn boundary_give_up_overrun() -> ! {
    give_up_innermost(End::Overran);
    panic!("a call was given up that is over");
}

/// Where an interrupted core goes on: in place of what it was doing.
#[derive(Debug)]
pub struct Landing {
    saved: *const Saved,
    end: End,
}

impl Landing {
    pub(super) fn new(frame: *mut Frame, end: End) -> Self {
        // The registers are the frame's first field.
        Self { saved: frame.cast(), end }
    }

    /// The address to go on at, and what is to be in x0 and x1 then.
    pub fn registers(&self) -> (usize, [u64; 2]) {
        (boundary_land as *const () as usize, [self.saved.addr() as u64, self.end as u64])
    }

    /// Whether `pc` is in the middle of entering or leaving a call: nothing can be given up there.
    pub fn is_in_between(pc: usize) -> bool {
        (boundary_enter as *const () as usize..boundary_end as *const () as usize).contains(&pc)
    }

    /// Where a function is to return to whose caller is to be given up, and not itself.
    pub fn on_return() -> usize {
        boundary_returned as *const () as usize
    }
}
