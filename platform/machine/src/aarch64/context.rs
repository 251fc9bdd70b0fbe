//! Context: registers that wait for a core, and how a core goes from one context to another.
//!
//! A context leaves its core in one of two ways. By itself ([`switch`]): then it has called a function, and what a call preserves
//! lies on its own stack. Or an interrupt sets it aside between any two instructions ([`Interrupted::set_aside`]): then all its registers lie
//! in the context, and it goes on by an exception return ([`resume`]).
//!
//! Invariant: a context that is not zero in `sp` has its registers where that says, and runs nowhere; one that `is_aside` has them in itself.
//! Whoever has it go on takes that back, so a context that is told to run twice is found out.
//!
//! Whoever has a context go on hands it something of the core where that is: a context that was moved finds its new core without looking for it.
//!
//! All is done with interrupts masked. Does not know whose a context is, nor what is quiet when.
//!
//! Sources: AAPCS64 6.1.1 (what a call preserves), Arm ARM D1.4 (exception return), C5.2 (SPSR_EL1, ELR_EL1).
//!
//! [`Interrupted::set_aside`]: super::exception::Interrupted::set_aside

use core::arch::naked_asm;
use core::cell::UnsafeCell;
use core::fmt;
use core::marker::PhantomData;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use spindle_sync::Authority;

/// What lies on the stack of a context that has left by itself: x29, x30, x19 to x28.
const SAVED_WORDS: usize = 12;

/// All registers of a context that was set aside. The assembly knows the order.
#[repr(C)]
#[derive(Default)]
pub(super) struct Registers {
    /// x0 to x30.
    pub(super) x: [u64; 31],
    pub(super) sp: u64,
    pub(super) pc: u64,
    pub(super) spsr: u64,
}

/// Registers that wait for a core, and are handed a `T` of the core where they go on. The assembly knows that the stack pointer comes
/// first.
#[repr(C)]
pub struct Context<T: 'static> {
    /// Where its registers lie on its stack; zero while it runs, was set aside, or was never prepared.
    sp: AtomicUsize,
    /// Whether it was set aside: its registers lie here.
    is_aside: AtomicBool,
    // INVARIANT: touched by the core that sets the context aside, and by the one that has it go on.
    registers: UnsafeCell<Registers>,
    _handed: PhantomData<fn(&'static T) -> &'static T>,
}

// SAFETY: the registers are touched by one core at a time, by their invariant; who has the context go on elsewhere learns of it by a
// release of the core that it has left.
unsafe impl<T: Sync> Sync for Context<T> {}

/// A context was told to go on that runs, or was never prepared.
#[cold]
#[inline(never)]
fn not_there() -> ! {
    panic!("a context goes on that does not wait");
}

impl<T: Sync> Context<T> {
    /// One that runs, or is not prepared yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "there is nothing to build a default on")]
    pub const fn new() -> Self {
        let registers = Registers { x: [0; 31], sp: 0, pc: 0, spsr: 0 };
        Self {
            sp: AtomicUsize::new(0),
            is_aside: AtomicBool::new(false),
            registers: UnsafeCell::new(registers),
            _handed: PhantomData,
        }
    }

    /// Has it begin with `entry` at the top of a stack.
    ///
    /// # Context
    /// It does not run, and nobody has it run meanwhile. Kernel only.
    pub fn prepare(&self, _: &Authority, stack_top: usize, entry: extern "C" fn(&'static T) -> !) {
        let sp = stack_top - SAVED_WORDS * size_of::<usize>();
        // x29, x30 and x19. It begins with whatever lies there in the others.
        let words = [0, begin as *const () as usize, entry as *const () as usize];
        // SAFETY: the top of a mapped stack that nothing runs on.
        unsafe { (sp as *mut [usize; 3]).write(words) };
        // Relaxed: whoever has it run learns of it by a release of the caller.
        self.sp.store(sp, Ordering::Relaxed);
    }

    /// Whether it was set aside by an interrupt.
    pub fn is_aside(&self) -> bool {
        // Relaxed: by the order of whoever set it aside.
        self.is_aside.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn take(&self) -> usize {
        let sp = self.sp.load(Ordering::Relaxed);
        if sp == 0 {
            not_there();
        }
        self.sp.store(0, Ordering::Relaxed);
        sp
    }

    /// Keeps `registers`, and says where `host` goes on instead: the context that was left to have this one run.
    pub(super) fn keep(&self, registers: Registers, host: &Self) -> (usize, usize) {
        // SAFETY: it ran until now, so nobody else looks.
        unsafe { *self.registers.get() = registers };
        self.is_aside.store(true, Ordering::Relaxed);
        (self.registers.get() as usize, host.take())
    }
}

/// Leaves `from`, which runs here, and has `to` go on, which waits somewhere on its own stack and is handed `here`. Comes back when somebody
/// has `from` go on, maybe on another core, with what it is handed then.
///
/// # Context
/// Interrupts masked. Kernel only.
///
/// # Panics
/// When `to` does not wait, or was set aside.
#[inline(always)]
pub fn switch<T: Sync>(_: &Authority, from: &Context<T>, to: &Context<T>, here: &'static T) -> &'static T {
    let sp = to.take();
    // SAFETY: `to` waits at `sp`, where it has left its registers, and runs nowhere else: the number was there to be taken.
    let handed = unsafe { leave(ptr::from_ref(here).cast(), sp, (&raw const *from).cast()) };
    // SAFETY: whoever has `from` go on hands it a `&'static T`, as its type says.
    unsafe { &*handed.cast() }
}

/// Leaves `from`, and has `to` go on, which an interrupt has set aside. Comes back like [`switch`].
///
/// # Context
/// As for [`switch`], on the core that it was set aside on.
///
/// # Panics
/// When `to` was not set aside.
pub fn resume<T: Sync>(_: &Authority, from: &Context<T>, to: &Context<T>) -> &'static T {
    if !to.is_aside.load(Ordering::Relaxed) {
        not_there();
    }
    to.is_aside.store(false, Ordering::Relaxed);
    // SAFETY: its registers as they were when it was set aside; it runs nowhere else.
    let handed = unsafe { return_to((&raw const *from).cast(), to.registers.get()) };
    // SAFETY: as in `switch`.
    unsafe { &*handed.cast() }
}

/// Saves the caller's registers on its stack and where that is in `from`, and takes those that lie at `sp`. What is handed stays where it is:
/// the first argument is what the call of the other context returns.
///
/// # Safety
///
/// A context has left its registers at `sp`, on a stack that nothing runs on. `from` is a context that is handed what its own type says.
#[unsafe(naked)]
unsafe extern "C" fn leave(handed: *const (), sp: usize, from: *const ()) -> *const () {
    naked_asm!(
        "stp x29, x30, [sp, #-96]!",
        "stp x19, x20, [sp, #16]",
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "mov x9, sp",
        "str x9, [x2]",
        "mov sp, x1",
        "ldp x19, x20, [sp, #16]",
        "ldp x21, x22, [sp, #32]",
        "ldp x23, x24, [sp, #48]",
        "ldp x25, x26, [sp, #64]",
        "ldp x27, x28, [sp, #80]",
        "ldp x29, x30, [sp], #96",
        "ret",
    )
}

/// Saves the caller's registers as [`leave`] does, and takes all of those at `registers`.
///
/// # Safety
///
/// They are those of a context that was set aside and runs nowhere. Interrupts are masked.
#[unsafe(naked)]
unsafe extern "C" fn return_to(from: *const (), registers: *const Registers) -> *const () {
    naked_asm!(
        "stp x29, x30, [sp, #-96]!",
        "stp x19, x20, [sp, #16]",
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "mov x9, sp",
        "str x9, [x0]",
        "mov x0, x1",
        "ldp x9, x10, [x0, #248]",
        "ldr x11, [x0, #264]",
        "mov sp, x9",
        "msr elr_el1, x10",
        "msr spsr_el1, x11",
        "ldp x2, x3, [x0, #16]",
        "ldp x4, x5, [x0, #32]",
        "ldp x6, x7, [x0, #48]",
        "ldp x8, x9, [x0, #64]",
        "ldp x10, x11, [x0, #80]",
        "ldp x12, x13, [x0, #96]",
        "ldp x14, x15, [x0, #112]",
        "ldp x16, x17, [x0, #128]",
        "ldp x18, x19, [x0, #144]",
        "ldp x20, x21, [x0, #160]",
        "ldp x22, x23, [x0, #176]",
        "ldp x24, x25, [x0, #192]",
        "ldp x26, x27, [x0, #208]",
        "ldp x28, x29, [x0, #224]",
        "ldr x30, [x0, #240]",
        "ldp x0, x1, [x0]",
        "eret",
    )
}

/// Where an interrupt returns to that has set a context aside, with interrupts masked: what the interrupt has left in its registers is put
/// beside the rest, and the context goes on that had it run.
///
/// # Safety
///
/// x0 is where the registers lie, x1 the stack pointer of a context that waits, and x2 what that is handed.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn set_aside(registers: *mut Registers, sp: usize, handed: *const ()) -> ! {
    naked_asm!(
        "stp x19, x20, [x0, #152]",
        "stp x21, x22, [x0, #168]",
        "stp x23, x24, [x0, #184]",
        "stp x25, x26, [x0, #200]",
        "stp x27, x28, [x0, #216]",
        "mov x0, x2",
        "mov sp, x1",
        "ldp x19, x20, [sp, #16]",
        "ldp x21, x22, [sp, #32]",
        "ldp x23, x24, [sp, #48]",
        "ldp x25, x26, [sp, #64]",
        "ldp x27, x28, [sp, #80]",
        "ldp x29, x30, [sp], #96",
        "ret",
    )
}

/// Where a context begins: x19 is its entry, x0 what it is handed. There is no frame before it.
#[unsafe(naked)]
unsafe extern "C" fn begin() -> ! {
    naked_asm!("mov x29, xzr", "mov x30, xzr", "br x19")
}

impl<T> fmt::Debug for Context<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Context at {:#x}", self.sp.load(Ordering::Relaxed))
    }
}
