//! Reserve: what lies below the stack of a core, or of a strand that it runs, for a function of the kernel that finds it full.
//!
//! A function that was called by an extension with little left may hold a lock, or be in the middle of something. So when it hits the end
//! of the stack, the reserve is opened, and it goes on; where it would return to the extension, that fails instead. The
//! extension's own code never gets there: for it the reserve is not mapped.
//!
//! Its pages are in the page tables all the time and are made valid and invalid by one bit each, so opening takes no lock and no
//! memory. Only the core itself opens and closes its own, in exceptions. A strand has none of its own: below its stack the pages of the core's
//! are mapped, and no other strand runs on that core until they are needed no more.

use super::memory;
use super::page_table::{VALID, leaf};
use crate::address::PAGE_SIZE;
use core::arch::asm;
use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use spindle_sync::{Authority, MAX_CORES, this_core};

/// How large a reserve is, in bytes: several times what the deepest function of the kernel takes. In the linker script as well.
pub(crate) const BYTES: usize = 16 << 10;

const WORD: usize = size_of::<usize>();

static RESERVES: [Reserve; MAX_CORES] = [const { Reserve::new() }; MAX_CORES];

/// Of one core, written by its exceptions only; relaxed.
struct Reserve {
    is_open: AtomicBool,
    /// Where the stack begins that it was opened for.
    stack: AtomicUsize,
    /// Where the call returns to that was sent elsewhere.
    address: AtomicUsize,
    /// Where on the stack that stands, or the stack pointer when it was opened: above, it is not needed.
    at: AtomicUsize,
}

impl Reserve {
    const fn new() -> Self {
        Self {
            is_open: AtomicBool::new(false),
            stack: AtomicUsize::new(0),
            address: AtomicUsize::new(0),
            at: AtomicUsize::new(0),
        }
    }
}

/// Where an address to return to stands that is to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FullReturn {
    /// The address.
    address: usize,
    /// Whether it is in its register still.
    is_in_register: bool,
    /// The frame record that holds it, if one does.
    record: Option<usize>,
    /// The stack pointer above which it stands.
    sp: usize,
}

unsafe extern "C" {
    safe fn full_on_return() -> !;
}

/// The reserve below a core's `stack`.
pub(crate) fn below(stack: &Range<usize>) -> Range<usize> {
    stack.start - BYTES..stack.start
}

/// The `stack` of core `index`, or of a strand that it runs, as far as it is mapped.
pub(crate) fn with(index: usize, stack: Range<usize>) -> Range<usize> {
    let reserve = &RESERVES[index];
    let is_its =
        reserve.is_open.load(Ordering::Relaxed) && reserve.stack.load(Ordering::Relaxed) == stack.start;
    if is_its { below(&stack).start..stack.end } else { stack }
}

/// Whether `sp` lies on this core's reserve, which is open.
pub(crate) fn is_on(sp: usize) -> bool {
    let start = this().stack.load(Ordering::Relaxed);
    is_open() && (start - BYTES..start).contains(&sp)
}

/// Whether this core's reserve is open.
#[must_use]
pub fn is_open() -> bool {
    this().is_open.load(Ordering::Relaxed)
}

fn this() -> &'static Reserve {
    &RESERVES[this_core::index()]
}

/// The return to the innermost code that `is_foreign`, of what runs with these registers in a function of the kernel. None if there is
/// a doubt: functions of the core library keep no frame records.
pub(super) fn find_return(
    registers: &[u64; 31],
    sp: usize,
    is_foreign: impl Fn(usize) -> bool,
) -> Option<FullReturn> {
    const LONGEST: usize = 64;
    let stack = memory::stack_around(sp)?;
    let read = |record: usize| Some([word(&stack, record)?, word(&stack, record.checked_add(WORD)?)?]);
    let (link, mut record) = (registers[30] as usize, registers[29] as usize);
    if is_foreign(link) {
        let is_saved = read(record).is_some_and(|[_, saved]| saved == link);
        let record = is_saved.then_some(record);
        return Some(FullReturn { address: link, is_in_register: true, record, sp });
    }
    for _ in 0..LONGEST {
        let [next, address] = read(record)?;
        if is_foreign(address) {
            // What else stands there could be a return to somebody nearer.
            let from = sp.max(stack.start).next_multiple_of(WORD);
            let is_near = |at| word(&stack, at).is_some_and(&is_foreign);
            let is_sure = !(from..record).step_by(WORD).any(is_near);
            let found = FullReturn { address, is_in_register: false, record: Some(record), sp: record };
            return is_sure.then_some(found);
        }
        if next <= record {
            return None;
        }
        record = next;
    }
    None
}

fn word(stack: &Range<usize>, at: usize) -> Option<usize> {
    let is_there = at.is_multiple_of(WORD) && stack.contains(&at);
    // SAFETY: an aligned word of a mapped stack.
    is_there.then(|| unsafe { (at as *const usize).read_volatile() })
}

/// Opens this core's reserve; whether that was to be had. What runs with `registers` goes on, and fails where it would return by `found`.
pub(super) fn open(found: Option<FullReturn>, sp: usize, registers: &mut [u64; 31]) -> bool {
    let reserve = this();
    let Some(stack) = memory::stack_around(sp) else { return false };
    let own = below(&memory::stack_of(this_core::index()));
    // A strand's is the core's own, at another address.
    for (page, own) in below(&stack).zip(own).step_by(PAGE_SIZE) {
        let (Some(leaf), Some(own)) = (leaf(page), leaf(own)) else { return false };
        leaf.store(own.load(Ordering::Relaxed) | VALID, Ordering::Relaxed);
    }
    reserve.stack.store(stack.start, Ordering::Relaxed);
    // SAFETY: barriers. Arm ARM D8.13.1: the walker of this core sees what was written. What was invalid is in no TLB (D8.13.2).
    unsafe { asm!("dsb ishst", "isb", options(nostack, preserves_flags)) };
    reserve.is_open.store(true, Ordering::Relaxed);
    // Its instruction is still to come.
    reserve.at.store(sp, Ordering::Relaxed);
    if let Some(found) = found {
        replace(reserve, found, registers);
    }
    true
}

fn replace(reserve: &Reserve, found: FullReturn, registers: &mut [u64; 31]) {
    reserve.address.store(found.address, Ordering::Relaxed);
    reserve.at.store(found.sp, Ordering::Relaxed);
    let elsewhere = full_on_return as *const () as usize;
    if found.is_in_register {
        registers[30] = elsewhere as u64;
    }
    if let Some(record) = found.record {
        let link = (record + WORD) as *mut usize;
        // SAFETY: `find_return` has found a frame record there, on the stack of what was interrupted, whose second word is an address
        // to return to and nothing else.
        unsafe { link.write_volatile(elsewhere) };
    }
}

/// The address that a call was to return to, if what stands at `pc` has come there because its stack was full.
pub(super) fn was_to_return_to(pc: u64) -> Option<u64> {
    let is_it = pc == full_on_return as *const () as u64;
    is_it.then(|| this().address.load(Ordering::Relaxed) as u64)
}

/// Closes this core's reserve if it is open, and the core has left the stack that it was opened for.
///
/// # Context
/// Interrupts masked, on another stack.
pub fn close_left(_: &Authority) {
    if is_open() {
        close_above(here());
    }
}

/// The stack pointer.
fn here() -> usize {
    let sp: usize;
    // SAFETY: reads one register.
    unsafe { asm!("mov {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}

/// Closes this core's reserve if the core goes on with the stack pointer `sp`, and needs it no more.
pub(super) fn close_above(sp: usize) {
    let reserve = this();
    let start = reserve.stack.load(Ordering::Relaxed);
    if !is_open() || (start - BYTES..=reserve.at.load(Ordering::Relaxed)).contains(&sp) {
        return;
    }
    let stack = start..start;
    let is_own = memory::stack_of(this_core::index()).start == start;
    reserve.is_open.store(false, Ordering::Relaxed);
    reserve.at.store(0, Ordering::Relaxed);
    for page in below(&stack).step_by(PAGE_SIZE) {
        if let Some(leaf) = leaf(page) {
            // A strand's leads nowhere.
            let kept = if is_own { leaf.load(Ordering::Relaxed) & !VALID } else { 0 };
            leaf.store(kept, Ordering::Relaxed);
        }
        // SAFETY: nobody uses what is below the stack pointer. The operand is the number of the page (Arm ARM C5.5).
        unsafe {
            asm!("dsb ishst", "tlbi vaae1is, {}", in(reg) page >> 12 & 0xfff_ffff_ffff, options(nostack, preserves_flags));
        }
    }
    // SAFETY: barriers.
    unsafe { asm!("dsb ish", "isb", options(nostack, preserves_flags)) };
}
