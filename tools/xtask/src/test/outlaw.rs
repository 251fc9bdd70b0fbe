//! Machine code that no safe program has, put into an extension of the tests in the place of numbers, and signed.
//!
//! A number of 64 bits without zeros is loaded by four instructions, MOVZ and three MOVKs (Arm ARM, C6.2.254 and C6.2.253), whose
//! register stays the compiler's.

use anyhow::{Context, Result};

/// NOP (Arm ARM, C6.2.238).
const NOP: u32 = 0xd503_201f;
/// MSR DAIFSet, #2: masks interrupts (Arm ARM, C6.2.249).
const MASK: u32 = 0xd503_42df;
/// MOVZ Xd, #8.
const NOWHERE: u32 = 0xd280_0100;
/// `LDR Xd, [Xd]` without its registers (Arm ARM, C6.2.200).
const LOAD: u32 = 0xf940_0000;

/// HVC #0 (Arm ARM, C6.2.125).
const CALL_ABOVE: u32 = 0xd400_0002;
/// `STR W0, [X1]` (Arm ARM, C6.2.363): the first argument, at the second.
const STORE: u32 = 0xb900_0020;
/// The register that RET returns to (Arm ARM, "RET"), and RET.
const LINK: u32 = 30;
const RETURN: u32 = 0xd65f_03c0;
/// BLR Xd without its register (Arm ARM, "BLR").
const CALL: u32 = 0xd63f_0000;

/// Four instructions that may use this register.
type Code = fn(u32) -> [u32; 4];

/// Each number, and what stands in its place.
const REPLACED: [(u64, Code); 7] = [
    (0x1bad_2bad_3bad_4bad, |register| [NOWHERE | register, load(register), NOP, NOP]),
    (0x1bad_2bad_3bad_5bad, |register| [MASK, NOWHERE | register, load(register), NOP]),
    (0x1bad_2bad_3bad_6bad, |_| [MASK, NOP, NOP, NOP]),
    (0x1bad_2bad_3bad_7bad, |_| [CALL_ABOVE, NOP, NOP, NOP]),
    (0x1bad_2bad_3bad_8bad, |_| [STORE, NOP, NOP, NOP]),
    (0x1bad_2bad_3bad_abad, |_| [NOWHERE | LINK, RETURN, NOP, NOP]),
    (0x1bad_2bad_3bad_9bad, |register| [NOWHERE | register, CALL | register << 5, NOP, NOP]),
];

const fn load(register: u32) -> u32 {
    LOAD | register << 5 | register
}

/// Puts all of them into `payload`.
///
/// # Errors
/// When a number is not found.
pub(super) fn patch(payload: &mut [u8]) -> Result<()> {
    for (number, instead) in REPLACED {
        let (at, register) =
            find(payload, number).with_context(|| format!("{number:#x} is loaded nowhere"))?;
        let code: Vec<u8> = instead(register).iter().flat_map(|word| word.to_le_bytes()).collect();
        payload[at..at + code.len()].copy_from_slice(&code);
    }
    Ok(())
}

/// Where `number` is loaded, and into which register.
fn find(payload: &[u8], number: u64) -> Option<(usize, u32)> {
    let parts: [u32; 4] = std::array::from_fn(|at| (number >> (16 * at)) as u32 & 0xffff);
    let word = |at: usize| payload.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
    (0..payload.len()).step_by(4).find_map(|at| {
        let register = word(at)? & 31;
        let is_meant = parts.iter().enumerate().all(|(index, part)| {
            let kind = if index == 0 { 0xd280_0000 } else { 0xf280_0000 };
            word(at + 4 * index) == Some(kind | (index as u32) << 21 | part << 5 | register)
        });
        is_meant.then_some((at, register))
    })
}

#[cfg(test)]
mod tests {
    use super::{find, load};

    #[test]
    fn a_number_is_found_with_its_register() {
        let mut code = vec![0; 8];
        for word in [0xd289_75a9_u32, 0xf2a7_75a9, 0xf2c5_75a9, 0xf2e3_75a9] {
            code.extend(word.to_le_bytes());
        }
        assert_eq!(find(&code, 0x1bad_2bad_3bad_4bad), Some((8, 9)));
        assert_eq!(find(&code, 0x1bad_2bad_3bad_4bae), None);
    }

    #[test]
    fn a_load_goes_from_and_to_one_register() {
        assert_eq!(load(8), 0xf940_0108);
    }
}
