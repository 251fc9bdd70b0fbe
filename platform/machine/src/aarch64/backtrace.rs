//! Return addresses, read off the frame records. AAPCS64 6.4.6: x29 points at a pair (previous x29, return address).
//!
//! Extensions and the core library keep no frame records: a call would cost three instructions more. So what lies between
//! two records is looked through for words that an instruction of call could have left behind.

use super::image;
use super::memory::is_on_a_stack;
use crate::address::PAGE_SIZE;

/// Most frames that are followed: a damaged chain must end.
const LONGEST: usize = 64;
const WORD: usize = size_of::<usize>();
/// Length of a frame record, and what it is aligned to.
const RECORD: usize = 2 * WORD;
/// Length of an instruction.
const CALL: usize = size_of::<u32>();
/// BL, with its offset masked away (Arm ARM, C6.2.33).
const BL: (u32, u32) = (0xfc00_0000, 0x9400_0000);
/// BLR, with its register masked away (Arm ARM, C6.2.34).
const BLR: (u32, u32) = (0xffff_fc1f, 0xd63f_0000);

/// How it is known that a call returns to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By a frame record.
    Record,
    /// It lies on the stack, and a call stands before it. The call can be one that is over.
    Stack,
}

/// Calls `found` with each return address of the chain that starts at frame record `fp`. What lies on the stack from `sp` on
/// is looked through as well, for addresses that `is_unrecorded`: of readable code without frame records. Where such code
/// has used x29 for something else, the chain is broken, and all the rest of the stack is looked through.
///
/// # Context
/// Any, a fault included: nothing is read but mapped stacks.
pub fn walk(sp: u64, fp: u64, is_unrecorded: &dyn Fn(usize) -> bool, found: &mut dyn FnMut(usize, Origin)) {
    let mut from = sp as usize;
    if !is_on_a_stack(from) {
        // A stack that has overflowed: its end is the next page.
        from = from.next_multiple_of(PAGE_SIZE);
    }
    let mut record = fp as usize;
    for _ in 0..LONGEST {
        if !record.is_multiple_of(RECORD) || !is_on_a_stack(record) {
            break;
        }
        look_through(from, record, is_unrecorded, found);
        // SAFETY: the record is 16-aligned and lies on a mapped stack, so its two words are readable.
        let [next, link] = unsafe { (record as *const [usize; 2]).read_volatile() };
        if link == 0 {
            return;
        }
        found(link, Origin::Record);
        from = record + RECORD;
        if next <= record && is_on_a_stack(next) == is_on_a_stack(record) {
            break;
        }
        record = next;
    }
    let text = image::text();
    let is_code =
        |address: usize| (text.start.0 + CALL..=text.end.0).contains(&address) || is_unrecorded(address);
    look_through(from, usize::MAX, &is_code, found);
}

/// Finds what calls have left between `from` and `to`, or the end of that stack.
fn look_through(
    from: usize,
    to: usize,
    is_code: &dyn Fn(usize) -> bool,
    found: &mut dyn FnMut(usize, Origin),
) {
    let mut at = from.next_multiple_of(WORD);
    while at < to && is_on_a_stack(at) {
        // SAFETY: an aligned word of a mapped stack.
        let word = unsafe { (at as *const usize).read_volatile() };
        at += WORD;
        if word.is_multiple_of(CALL) && is_code(word) && follows_a_call(word) {
            found(word, Origin::Stack);
        }
    }
}

/// Whether the instruction before `address`, which is one of readable code, is a call.
fn follows_a_call(address: usize) -> bool {
    // SAFETY: `is_code` has said that the instruction before the address is one of readable code, and it is aligned.
    let instruction = unsafe { ((address - CALL) as *const u32).read_volatile() };
    [BL, BLR].iter().any(|(mask, value)| instruction & mask == *value)
}

/// The caller's frame record, for a walk of one's own stack.
#[must_use]
#[inline(always)]
pub fn here() -> u64 {
    let fp: u64;
    // SAFETY: reads one register.
    unsafe { core::arch::asm!("mov {}, x29", out(reg) fp, options(nomem, nostack, preserves_flags)) };
    fp
}
