//! Return addresses, read off the frame records. AAPCS64 6.4.6: x29 points at a pair (previous x29, return address).

use super::{image, memory};

/// Most frames that are followed: a damaged chain must end.
const LONGEST: usize = 64;

/// Calls `found` with `pc` and then with each return address of the chain that starts at frame record `fp`.
///
/// # Context
/// Any, a fault included: a record that does not lie on a stack ends the walk.
pub fn walk(fp: u64, pc: u64, found: &mut dyn FnMut(usize)) {
    found(pc as usize);
    let mut record = fp as usize;
    for _ in 0..LONGEST {
        if !record.is_multiple_of(16) || !is_on_a_stack(record) {
            return;
        }
        // SAFETY: the record is 16-aligned and lies on a mapped stack, so its two words are readable.
        let [next, link] = unsafe { (record as *const [usize; 2]).read_volatile() };
        if link == 0 {
            return;
        }
        found(link);
        if next <= record && is_on_a_stack(next) == is_on_a_stack(record) {
            return;
        }
        record = next;
    }
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

pub(super) fn is_on_a_stack(address: usize) -> bool {
    let first = [image::stack(), image::exception_stack()];
    first.iter().any(|stack| (stack.start.0..stack.end.0).contains(&address))
        || memory::is_on_other_stack(address)
}
