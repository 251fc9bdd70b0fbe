//! Callers: the frames of a stack, one after the other from the innermost, and how the core goes on in one of them.
//!
//! A walk begins where a function stands ([`Callers::here`]), where an exception was taken ([`Callers::of_fault`]), or where a landing
//! pad has come to its end. Each step takes a rule: what a function has done with its caller's registers. It reads mapped stack
//! and nothing else, so a wrong rule gives a wrong frame and no fault.
//!
//! To *go on* in a frame is to take its registers: whatever stands above it is given up.
//!
//! Sources: AAPCS64 6.1.1 (registers), Itanium C++ ABI, Exception Handling, 1.6 (landing pads).

use super::memory;
use super::reserve::{FullReturn, find_return, was_to_return_to};
use crate::fault::Fault;
use core::arch::naked_asm;
use core::fmt;
use core::mem::MaybeUninit;
use core::ops::Range;
use core::slice;
use spindle_sync::Authority;
use spindle_unwind::{Registers, Rule, pass, step};

/// Length of an instruction.
const INSTRUCTION: usize = size_of::<u32>();
const WORD: usize = size_of::<usize>();
/// x9.
const SCRATCH: usize = 9;
/// What a stack pointer is aligned to at a call (AAPCS64 6.4.5.2).
const STACK_ALIGN: usize = 16;

/// A frame of a stack, and the way to those that called it.
#[derive(Clone)]
pub struct Callers {
    registers: Registers,
    /// Whether the program counter is where a call returns to.
    is_call: bool,
    stack: Range<usize>,
}

/// How the core goes on in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// The call that the frame has made returns, and gives nothing.
    Return,
    /// The frame has called the function at this address instead, which takes nothing.
    Instead(usize),
    /// The frame is cleaned up by the landing pad at this address, which then comes back with the number.
    CleanUp(usize, u64),
}

/// Where a core goes on after an exception.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere(pub(super) Where);

#[derive(Clone, Copy, Debug)]
pub(super) enum Where {
    /// Where it was.
    Same,
    /// There as well, and its stack has a reserve until then.
    OnReserve(Option<FullReturn>),
    /// With a stack pointer, in a function.
    At(usize, extern "C" fn() -> !),
}

impl Elsewhere {
    /// Where it was.
    pub const NOWHERE: Self = Self(Where::Same);

    /// Where it was, with the reserve of its stack open: a function of the kernel that has found the stack full comes to its end. If it
    /// is sure which code that `is_foreign` it returns to, that fails then, with [`Cause::FullOnReturn`].
    ///
    /// [`Cause::FullOnReturn`]: crate::fault::Cause::FullOnReturn
    #[must_use]
    pub fn on_reserve(_: &Authority, fault: &Fault, is_foreign: impl Fn(usize) -> bool) -> Self {
        Self(Where::OnReserve(find_return(&fault.registers, fault.sp as usize, is_foreign)))
    }
}

impl Callers {
    /// The frame of the function that calls this.
    #[must_use]
    #[inline(always)]
    pub fn here() -> Option<Self> {
        let mut registers = MaybeUninit::uninit();
        // SAFETY: it writes all of them.
        unsafe { store(registers.as_mut_ptr()) };
        // SAFETY: written just now.
        Self::new(unsafe { registers.assume_init() }, true)
    }

    /// The frame in which `fault` has happened.
    #[must_use]
    pub fn of_fault(fault: &Fault) -> Option<Self> {
        let (_, x) = fault.registers.split_last_chunk()?;
        let scratch = fault.registers[SCRATCH];
        Self::new(Registers { x: *x, sp: fault.sp, pc: fault.elr, scratch }, false)
    }

    /// A place on a stack of which nothing else is known: what goes on there takes its registers from elsewhere.
    #[must_use]
    pub fn at(sp: usize) -> Option<Self> {
        Self::new(Registers { x: [0; _], sp: sp as u64, pc: 0, scratch: 0 }, false)
    }

    /// Whether `address` lies on this stack.
    #[must_use]
    pub fn is_on_stack(&self, address: usize) -> bool {
        self.stack.contains(&address)
    }

    fn new(registers: Registers, is_call: bool) -> Option<Self> {
        let stack = memory::stack_around(registers.sp as usize)?;
        Some(Self { registers, is_call, stack })
    }

    /// The instruction that stands there: one that calls, or the one that has failed.
    #[must_use]
    pub fn pc(&self) -> usize {
        (self.registers.pc as usize).wrapping_sub(if self.is_call { INSTRUCTION } else { 0 })
    }

    /// Whether it is where a call returns to that was sent elsewhere meanwhile.
    #[must_use]
    pub fn is_sent_to(&self, address: usize) -> bool {
        self.is_call && self.registers.pc as usize == address
    }

    /// The stack pointer.
    #[must_use]
    pub fn sp(&self) -> usize {
        self.registers.sp as usize
    }

    /// Whether `address` lies right below this stack.
    #[must_use]
    pub fn is_below_stack(&self, address: u64) -> bool {
        memory::below(&self.stack).contains(&(address as usize))
    }

    /// Goes to the caller's frame, and over all callers that are the same function at the same place; whether there is one.
    pub fn step(&mut self, rule: &Rule) -> bool {
        // Behind a call its own return address is in no register any more.
        if self.is_call && !rule.saves_link() {
            return false;
        }
        let found = if self.is_call { self.pass(rule) } else { self.step_from_anywhere(rule) };
        let Some(mut registers) = found else { return false };
        // One that was sent elsewhere still is this call's.
        registers.pc = was_to_return_to(registers.pc).unwrap_or(registers.pc);
        (self.registers, self.is_call) = (registers, true);
        self.stack.contains(&self.sp())
    }

    fn step_from_anywhere(&self, rule: &Rule) -> Option<Registers> {
        let mut read = |address: u64| {
            let address = address as usize;
            let is_there = self.stack.contains(&address) && address.is_multiple_of(WORD);
            // SAFETY: an aligned word of a mapped stack.
            is_there.then(|| unsafe { (address as *const u64).read_volatile() })
        };
        step(rule, &self.registers, &mut read)
    }

    fn pass(&self, rule: &Rule) -> Option<Registers> {
        let from = self.sp();
        if !from.is_multiple_of(WORD) || !self.stack.contains(&from) {
            return None;
        }
        let count = (self.stack.end - from) / WORD;
        // SAFETY: aligned words of a mapped stack, above all that runs here; nobody writes there meanwhile.
        pass(rule, &self.registers, unsafe { slice::from_raw_parts(from as *const u64, count) })
    }

    /// The words of the frame and of what lies behind it, as many as `most`.
    #[must_use]
    pub fn words(&self, most: usize) -> &[usize] {
        let from = self.sp().next_multiple_of(STACK_ALIGN).clamp(self.stack.start, self.stack.end);
        let count = most.min((self.stack.end - from) / WORD);
        // SAFETY: aligned words of a mapped stack, above all that runs here; nobody writes there meanwhile.
        unsafe { slice::from_raw_parts(from as *const usize, count) }
    }

    /// Goes on in this frame.
    ///
    /// # Context
    /// On the same stack, below this frame, with no lock held: what stands between is never run to its end.
    pub fn go_on(mut self, _: &Authority, onward: Onward) -> ! {
        let (mut first, registers) = (0, &mut self.registers);
        match onward {
            Onward::Return => {}
            // The address that the call returns to is in x30 still.
            Onward::Instead(function) => registers.pc = function as u64,
            Onward::CleanUp(pad, token) => (registers.pc, first) = (pad as u64, token),
        }
        // SAFETY: registers of a frame of this stack that is still there, by what the function promises and the walk has found.
        unsafe { load(&self.registers, first) }
    }

    /// Runs `run`, which goes on in this frame, when the exception returns that the walk began with.
    #[must_use]
    pub fn elsewhere(&self, _: &Authority, run: extern "C" fn() -> !) -> Elsewhere {
        Elsewhere(Where::At(self.sp() & !(STACK_ALIGN - 1), run))
    }
}

impl fmt::Debug for Callers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Callers at {:#x}, sp {:#x}", self.registers.pc, self.registers.sp)
    }
}

/// Stores the caller's x19 to x30 and stack pointer, and where this returns to.
///
/// # Safety
///
/// Registers may be written there.
#[unsafe(naked)]
unsafe extern "C" fn store(registers: *mut Registers) {
    naked_asm!(
        "stp x19, x20, [x0]",
        "stp x21, x22, [x0, #16]",
        "stp x23, x24, [x0, #32]",
        "stp x25, x26, [x0, #48]",
        "stp x27, x28, [x0, #64]",
        "stp x29, x30, [x0, #80]",
        "mov x9, sp",
        "stp x9, x30, [x0, #96]",
        "str xzr, [x0, #112]",
        "ret",
    )
}

/// Takes all registers, and x0 and x1 for a landing pad.
///
/// # Safety
///
/// They are those of a frame that is still there and goes on.
#[unsafe(naked)]
unsafe extern "C" fn load(registers: *const Registers, first: u64) -> ! {
    naked_asm!(
        "ldp x19, x20, [x0]",
        "ldp x21, x22, [x0, #16]",
        "ldp x23, x24, [x0, #32]",
        "ldp x25, x26, [x0, #48]",
        "ldp x27, x28, [x0, #64]",
        "ldp x29, x30, [x0, #80]",
        "ldp x9, x16, [x0, #96]",
        "mov sp, x9",
        "mov x0, x1",
        "mov x1, #0",
        "br x16",
    )
}

/// Where a landing pad goes when it has come to its end: the compiler's name for it.
///
/// # Safety
///
/// Called by landing pads only.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn _Unwind_Resume(token: u64) -> ! {
    naked_asm!(
        "sub sp, sp, #128",
        "mov x1, sp",
        "stp x19, x20, [x1]",
        "stp x21, x22, [x1, #16]",
        "stp x23, x24, [x1, #32]",
        "stp x25, x26, [x1, #48]",
        "stp x27, x28, [x1, #64]",
        "stp x29, x30, [x1, #80]",
        "add x9, sp, #128",
        "stp x9, x30, [x1, #96]",
        "str xzr, [x1, #112]",
        "b {come_back}",
        come_back = sym come_back,
    )
}

/// # Safety
///
/// `registers` are those of a frame whose landing pad has come to its end.
unsafe extern "C" fn come_back(token: u64, registers: *const Registers) -> ! {
    // SAFETY: by the caller's promise.
    let registers = unsafe { registers.read() };
    super::exception::cleaned_up(token, Callers::new(registers, true))
}
