//! Step: from a frame to the one that called it.

use crate::rule::{Base, Rule, SAVED};

/// Registers of a function at one instruction, as far as its caller expects to find them again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Registers {
    /// x19 to x30.
    pub x: [u64; SAVED],
    /// The stack pointer.
    pub sp: u64,
    /// The instruction.
    pub pc: u64,
    /// x9, of the innermost function; its callers expect nothing of it.
    pub scratch: u64,
}

/// Index of x29.
const FP: usize = SAVED - 2;
/// Index of x30.
const LINK: usize = SAVED - 1;
/// Length of a saved register.
const WORD: u64 = 8;

/// Registers as they were when the function returned that is at `registers` and for which `rule` holds; `pc` is then the
/// address it returns to. `read` gives the word at an address, if there is one on the stack.
///
/// None where something can't be read, or the caller's frame does not lie above.
#[inline]
pub fn step(
    rule: &Rule,
    registers: &Registers,
    read: &mut impl FnMut(u64) -> Option<u64>,
) -> Option<Registers> {
    let base = match rule.base {
        Base::Sp => registers.sp,
        Base::FramePointer => registers.x[FP],
        Base::Scratch => registers.scratch,
    };
    let end = base.checked_add(u64::from(rule.size))?;
    if end < registers.sp {
        return None;
    }
    let mut x = registers.x;
    for (value, place) in x.iter_mut().zip(rule.saved) {
        if place != 0 {
            *value = read(end.checked_sub(u64::from(place))?)?;
        }
    }
    Some(Registers { x, sp: end, pc: x[LINK], scratch: 0 })
}

/// As [`step`], again and again as long as the function goes on calling itself from the same place: what a recursion without end leaves
/// is passed over at a few instructions a frame. Frames whose size is not fixed are taken one by one. `stack` is the stack from
/// the stack pointer up, in words.
#[inline]
pub fn pass(rule: &Rule, registers: &Registers, stack: &[u64]) -> Option<Registers> {
    let mut read = |address: u64| {
        let distance = address.checked_sub(registers.sp)?;
        distance.is_multiple_of(WORD).then(|| stack.get((distance / WORD) as usize).copied())?
    };
    let mut at = *registers;
    let (size, link) =
        ((u64::from(rule.size) / WORD) as usize, usize::from(rule.saved[LINK]) / WORD as usize);
    if rule.base == Base::Sp && size >= link && link != 0 {
        // Saved registers of all but the last of them are overwritten by the next one's.
        let mut end = size;
        while stack.get(end - link) == Some(&registers.pc) {
            end += size;
        }
        // Two steps are left if it has passed any.
        if end > size {
            at.sp += (end - 2 * size) as u64 * WORD;
            at = step(rule, &at, &mut read)?;
        }
    }
    step(rule, &at, &mut read)
}

#[cfg(test)]
mod tests {
    use super::{LINK, Registers, pass, step};
    use crate::rule::{Base, Rule, SAVED};

    const RULE: Rule = Rule { base: Base::Sp, size: 32, saved: [24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32] };

    fn registers() -> Registers {
        Registers { x: core::array::from_fn(|at| 100 + at as u64), sp: 0x1000, pc: 0x40, scratch: 0x1800 }
    }

    /// A stack from 0x1000 on.
    fn reader(words: &[u64]) -> impl FnMut(u64) -> Option<u64> + '_ {
        |address| words.get(usize::try_from(address.checked_sub(0x1000)?).ok()? / 8).copied()
    }

    #[test]
    fn what_was_saved_is_read_and_the_rest_is_kept() {
        let found = step(&RULE, &registers(), &mut reader(&[0x80, 7, 0, 0])).expect("readable");
        assert_eq!((found.x[0], found.x[1], found.x[LINK]), (7, 101, 0x80));
        assert_eq!((found.sp, found.pc), (0x1020, 0x80));
    }

    #[test]
    fn a_function_that_saves_nothing_returns_by_its_register() {
        let found = step(&Rule::NOTHING, &registers(), &mut |_| None).expect("nothing is read");
        assert_eq!((found.sp, found.pc), (0x1000, 111));
    }

    #[test]
    fn a_frame_that_is_being_tried_ends_where_its_register_says_and_only_once() {
        let by_scratch = Rule { base: Base::Scratch, size: 64, saved: [0; SAVED] };
        let found = step(&by_scratch, &registers(), &mut |_| None).expect("nothing is read");
        assert_eq!((found.sp, found.pc), (0x1840, 111));
        assert_eq!(step(&by_scratch, &found, &mut |_| None), None);
    }

    #[test]
    fn a_frame_below_the_stack_pointer_or_off_the_stack_ends_the_walk() {
        let by_fp = Rule { base: Base::FramePointer, size: 16, saved: [0; SAVED] };
        assert_eq!(step(&by_fp, &registers(), &mut |_| Some(0)), None);
        assert_eq!(step(&RULE, &registers(), &mut reader(&[1])), None);
    }

    #[test]
    fn a_recursion_is_passed_over_and_ends_where_each_step_would_have() {
        // Frames of four words: return address, x19, two more.
        let mut words = Vec::new();
        for depth in 0..5_u64 {
            words.extend([if depth < 4 { 0x40 } else { 0x80 }, 1000 + depth, 0, 0]);
        }
        words.extend([0x99; 8]);
        let mut each = registers();
        while each.pc == 0x40 {
            each = step(&RULE, &each, &mut reader(&words)).expect("readable");
        }
        assert_eq!(pass(&RULE, &registers(), &words), Some(each));
        assert_eq!((each.sp, each.x[0]), (0x1000 + 5 * 32, 1004));
    }
}
