//! The boundary's registers. Source: Arm AAPCS64 6.1.1 (which registers a call preserves).

use core::arch::{asm, global_asm, naked_asm};
use core::mem::{self, ManuallyDrop, MaybeUninit};
use core::ptr;

use super::frame::{CORES, Frame, Guards, arm, innermost, this};
use super::{End, Held, Holds};
use crate::authority::Authority;
use crate::mutex;

mod landing;

pub use landing::Landing;

/// How much of the stack a call takes.
const STACK_BYTES: usize = 176;
/// Where its frame lies there.
const FRAME_OFFSET: usize = 104;

// boundary_land(frame, end): has `call_here` or `hold_here` return `end`: the one that this frame belongs to.
// boundary_shield(state, code): calls code(state) with a stack frame that looks like a call's.
// boundary_returned: where a function of the kernel returns to whose caller was given up meanwhile.
//
// The stack of a call, in bytes from its lower end: 0 x29, x30; 16 the core's cell; 24 x19 to x28; 104 the frame; 128 the terms, if they are
// made for this call; 152 what is kept for a moment. A frame: 0 outer, 8 since, 16 terms. Terms: 0 limit, 8 code, 16 guards. A core's
// cell: 0 innermost, 8 armed.
global_asm!(
    ".pushsection .text.boundary, \"ax\"",
    ".balign 16",
    ".global boundary_land, boundary_returned, boundary_end",
    "boundary_land:",
    "    sub sp, x0, #104",
    "    mov x29, sp",
    "    str x1, [sp, #152]",
    "    bl boundary_abandon",
    "    ldr x0, [sp, #152]",
    "    ldp x19, x20, [sp, #24]",
    "    ldp x21, x22, [sp, #40]",
    "    ldp x23, x24, [sp, #56]",
    "    ldp x25, x26, [sp, #72]",
    "    ldp x27, x28, [sp, #88]",
    "    ldr x1, [sp, #112]",
    "    ldp x29, x30, [sp], #176",
    "    ret",
    "boundary_returned:",
    "    mov x29, xzr",
    "    b boundary_give_up_overrun",
    "boundary_end:",
    ".global boundary_shield, boundary_shield_end",
    "boundary_shield:",
    "    stp x29, x30, [sp, #-176]!",
    "    mov x29, sp",
    "    stp xzr, x19, [sp, #16]",
    "    stp x20, x21, [sp, #32]",
    "    stp x22, x23, [sp, #48]",
    "    stp x24, x25, [sp, #64]",
    "    stp x26, x27, [sp, #80]",
    "    str x28, [sp, #96]",
    "    blr x1",
    "    ldr x19, [sp, #24]",
    "    ldp x20, x21, [sp, #32]",
    "    ldp x22, x23, [sp, #48]",
    "    ldp x24, x25, [sp, #64]",
    "    ldp x26, x27, [sp, #80]",
    "    ldr x28, [sp, #96]",
    "    ldp x29, x30, [sp], #176",
    "    ret",
    "boundary_shield_end:",
    ".popsection",
);

unsafe extern "C" {
    fn boundary_land(frame: *const (), end: u64) -> !;
    fn boundary_returned() -> !;
    fn boundary_end() -> !;
    fn boundary_call_end() -> !;
    fn boundary_hold_end() -> !;
    fn boundary_shield(state: *mut (), code: unsafe extern "C-unwind" fn(*mut ()));
    fn boundary_shield_end() -> !;
}

/// What comes of a call, in x0 and x1.
#[repr(C)]
struct Return {
    /// 0 when it has returned.
    end: u64,
    /// When it began, and later by what was not its own.
    since: u64,
}

/// Calls `function` so that it can be given up: whether it was, and when it began, later by what was not its own.
#[inline(always)]
pub(super) fn call<S>(
    code: usize,
    limit: u64,
    guards: *const Guards,
    function: extern "C-unwind" fn(&mut S),
    state: &mut S,
) -> (Option<End>, u64) {
    // SAFETY: a reference is passed as a pointer is.
    let function = unsafe {
        mem::transmute::<extern "C-unwind" fn(&mut S), unsafe extern "C-unwind" fn(*mut ())>(function)
    };
    let state = ptr::from_mut(state).cast();
    // SAFETY: `function` is given what it takes. The caller has borrowed the guards.
    let Return { end, since } = unsafe { call_here(state, limit, code, function, guards) };
    (if end == 0 { None } else { Some(ended(end)) }, since)
}

/// Calls `work`, behind which all registers are the caller's again.
pub(super) fn shield<W: FnOnce()>(work: W) {
    let mut work = ManuallyDrop::new(work);
    // SAFETY: `call_once` takes what it is given, once.
    unsafe { boundary_shield((&raw mut work).cast(), call_once::<W>) }
}

/// # Safety
///
/// `work` is a `ManuallyDrop<W>` that nobody looks at any more.
unsafe extern "C-unwind" fn call_once<W: FnOnce()>(work: *mut ()) {
    // SAFETY: by the caller's promise.
    let work = unsafe { &mut *work.cast::<ManuallyDrop<W>>() };
    // SAFETY: by the caller's promise.
    let work = unsafe { ManuallyDrop::take(work) };
    work();
}

/// Calls what is held, and tells it if it was given up.
#[inline(always)]
pub(super) fn call_held<T: Holds<A>, A: ?Sized>(held: &Held<T>, args: &A) -> Option<T::Output> {
    // Not an `Option`: what is given up half-way through writing it is never looked at.
    let mut out = MaybeUninit::<T::Output>::uninit();
    let terms = core::ptr::from_ref(held).cast();
    let (arguments, code): (_, unsafe extern "C-unwind" fn(*const (), *const (), *mut ())) = if is_thin::<A>()
    {
        // SAFETY: a reference of the size of a pointer is one.
        (unsafe { mem::transmute_copy::<&A, *const ()>(&args) }, call_typed::<T, A, true>)
    } else {
        ((&raw const args).cast(), call_typed::<T, A, false>)
    };
    // SAFETY: `call_typed` takes the pointers as what they are made of here.
    match unsafe { hold_here(terms, arguments, out.as_mut_ptr().cast(), code) } {
        // SAFETY: `call_typed` has run to its end, and has written.
        0 => Some(unsafe { out.assume_init() }),
        end => {
            held.state.gave_up(ended(end));
            None
        }
    }
}

const fn is_thin<A: ?Sized>() -> bool {
    size_of::<&A>() == size_of::<*const ()>()
}

/// # Safety
///
/// `held` is a `Held<T>`, and a `T::Output` may be written to `out`. `args` is a reference to an `A` if it `IS_THIN`, which it
/// is if such a reference is, else it points to one.
unsafe extern "C-unwind" fn call_typed<T: Holds<A>, A: ?Sized, const IS_THIN: bool>(
    held: *const (),
    args: *const (),
    out: *mut (),
) {
    // SAFETY: by the caller's promise.
    let held = unsafe { &*held.cast::<Held<T>>() };
    let args: &A = if IS_THIN {
        // SAFETY: by the caller's promise; of the same size then.
        unsafe { mem::transmute_copy(&args) }
    } else {
        // SAFETY: by the caller's promise.
        unsafe { *args.cast() }
    };
    let output = held.state.handle(args);
    // SAFETY: by the caller's promise.
    unsafe { out.cast::<T::Output>().write(output) };
}

/// Called by a call's assembly when a tick is needed earlier than it comes.
#[unsafe(no_mangle)]
extern "C" fn boundary_arm(deadline: u64) {
    arm(this(), deadline);
}

/// Called by a call's assembly when it has returned and there is an outer call.
///
/// # Safety
///
/// `frame` is this core's innermost, whose call has ended.
#[unsafe(no_mangle)]
unsafe extern "C" fn boundary_leave(frame: *const Frame) {
    // SAFETY: by the caller's promise.
    let frame = unsafe { &*frame };
    frame.leave(this());
}

/// Called by `boundary_land`: the call has been given up.
///
/// # Safety
///
/// `frame` is this core's innermost, and nothing below it on the stack goes on.
#[unsafe(no_mangle)]
unsafe extern "C" fn boundary_abandon(frame: *const Frame) {
    mutex::release_below(frame.addr());
    // SAFETY: by the caller's promise.
    unsafe { boundary_leave(frame) };
}

/// Apart, so that a call that comes to its end goes straight on.
#[cold]
#[inline(never)]
fn ended(end: u64) -> End {
    let ends = [End::Panicked, End::Faulted, End::Overflowed, End::Lingered];
    ends.into_iter().find(|known| *known as u64 == end).unwrap_or(End::Overran)
}

/// Calls function(state) with a frame and terms of its own, which it puts into the list of this core and takes out again. It leaves x29
/// to its caller.
///
/// # Safety
///
/// `function` may be called with `state`. `guards` are some that outlive the call, or null.
#[unsafe(naked)]
unsafe extern "C" fn call_here(
    state: *mut (),
    limit: u64,
    code: usize,
    function: unsafe extern "C-unwind" fn(*mut ()),
    guards: *const Guards,
) -> Return {
    naked_asm!(
        "    stp x29, x30, [sp, #-176]!",
        "    mrs x9, tpidr_el1",
        "    adrp x10, {cores}",
        "    add x10, x10, :lo12:{cores}",
        "    add x9, x10, x9, lsl #6",
        "    stp x9, x19, [sp, #16]",
        "    stp x20, x21, [sp, #32]",
        "    stp x22, x23, [sp, #48]",
        "    stp x24, x25, [sp, #64]",
        "    stp x26, x27, [sp, #80]",
        "    ldp x11, x12, [x9]",
        "    mrs x13, cntvct_el0",
        "    add x14, sp, #128",
        "    stp x28, x11, [sp, #96]",
        "    stp x13, x14, [sp, #112]",
        "    stp x1, x2, [sp, #128]",
        "    add x10, sp, #104",
        "    str x4, [sp, #144]",
        "    str x10, [x9]",
        // Never, when that is behind the end of time.
        "    adds x13, x13, x1",
        "    ccmp x13, x12, #2, cc",
        "    b.lo 3f",
        "1:  blr x3",
        "    ldp x11, x1, [sp, #104]",
        "    ldr x9, [sp, #16]",
        "    mov x0, #0",
        "    cbnz x11, 4f",
        "    str xzr, [x9]",
        "2:  ldp x29, x30, [sp], #176",
        "    ret",
        "3:  stp x0, x3, [sp, #152]",
        "    mov x0, x13",
        "    bl boundary_arm",
        "    ldp x0, x3, [sp, #152]",
        "    b 1b",
        "4:  add x0, sp, #104",
        "    bl boundary_leave",
        "    mov x0, #0",
        "    ldr x1, [sp, #112]",
        "    b 2b",
        ".global boundary_call_end",
        "boundary_call_end:",
        cores = sym CORES,
    )
}

/// Calls code(terms, args, out) as [`call_here`] does; 0 when that returns. All in one, since this is what a budget costs.
///
/// # Safety
///
/// `terms` are some, and `code` may be called with the three.
#[unsafe(naked)]
unsafe extern "C" fn hold_here(
    terms: *const (),
    args: *const (),
    out: *mut (),
    code: unsafe extern "C-unwind" fn(*const (), *const (), *mut ()),
) -> u64 {
    naked_asm!(
        "    stp x29, x30, [sp, #-176]!",
        "    mrs x9, tpidr_el1",
        "    adrp x10, {cores}",
        "    add x10, x10, :lo12:{cores}",
        "    add x9, x10, x9, lsl #6",
        "    stp x9, x19, [sp, #16]",
        "    stp x20, x21, [sp, #32]",
        "    stp x22, x23, [sp, #48]",
        "    stp x24, x25, [sp, #64]",
        "    stp x26, x27, [sp, #80]",
        "    ldp x11, x12, [x9]",
        "    mrs x13, cntvct_el0",
        "    ldr x14, [x0]",
        "    stp x28, x11, [sp, #96]",
        "    stp x13, x0, [sp, #112]",
        "    add x10, sp, #104",
        "    str x10, [x9]",
        "    adds x13, x13, x14",
        "    ccmp x13, x12, #2, cc",
        "    b.lo 3f",
        "1:  blr x3",
        "    ldr x11, [sp, #104]",
        "    ldr x9, [sp, #16]",
        "    mov x0, #0",
        "    cbnz x11, 4f",
        "    str xzr, [x9]",
        "2:  ldp x29, x30, [sp], #176",
        "    ret",
        "3:  stp x0, x1, [sp, #128]",
        "    stp x2, x3, [sp, #144]",
        "    mov x0, x13",
        "    bl boundary_arm",
        "    ldp x0, x1, [sp, #128]",
        "    ldp x2, x3, [sp, #144]",
        "    b 1b",
        "4:  add x0, sp, #104",
        "    bl boundary_leave",
        "    mov x0, #0",
        "    b 2b",
        ".global boundary_hold_end",
        "boundary_hold_end:",
        cores = sym CORES,
    )
}

/// No instruction, but one that the compiler may not leave out.
#[inline(always)]
pub(super) fn stay() {
    // SAFETY: does nothing.
    unsafe { asm!("", options(nomem, nostack, preserves_flags)) };
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
        // SAFETY: the innermost frame is below us on this stack, and what the assembly has entered with it has not returned.
        unsafe { boundary_land(core::ptr::from_ref(frame).cast(), end as u64) }
    }
}

/// Called by `boundary_returned`, on the stack of what was given up.
#[unsafe(no_mangle)]
extern "C" fn boundary_give_up_overrun() -> ! {
    give_up_innermost(End::Overran);
    panic!("a call was given up that is over");
}

impl Frame {
    /// Where the stack of the call begins.
    pub(super) fn stack(&self) -> usize {
        ptr::from_ref(self).addr() - FRAME_OFFSET
    }
}
