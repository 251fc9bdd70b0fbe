//! Every relocation at both ends of its range, one past each, and the bits that it must leave alone.
//!
//! Encodings are read back by decoders written from the instruction set, not from the encoder.

use alloc::string::ToString;

use super::{Encoded, Kind, ValueError, name_of};

/// A place in the upper half, at no round address.
const PLACE: u64 = 0xffff_ffff_8123_4568;

const ADRP_X1: u32 = 0x9000_0001;
const BL: u32 = 0x9400_0000;
const B: u32 = 0x1400_0000;

/// Instructions that the 12-bit types are for, with the size that they scale by. All other bits are as in
/// `op x2, [x3]`; the last has the SIMD bit.
const LOW_12: [(Kind, u32, u64); 7] = [
    (Kind::AddAbsLo12Nc, 0x9100_0062, 1),
    (Kind::Ldst8AbsLo12Nc, 0x3940_0062, 1),
    (Kind::Ldst16AbsLo12Nc, 0x7940_0062, 2),
    (Kind::Ldst32AbsLo12Nc, 0xb940_0062, 4),
    (Kind::Ldst64AbsLo12Nc, 0xf940_0062, 8),
    (Kind::Ldst128AbsLo12Nc, 0x3dc0_0062, 16),
    (Kind::Ldst128AbsLo12Nc, 0x3d80_0062, 16),
];

fn sign_extend(value: u32, bits: u32) -> i64 {
    i64::from((value << (32 - bits)).cast_signed() >> (32 - bits))
}

/// Distance in bytes of B and BL: imm26, in words.
fn decode_branch(word: u32) -> i64 {
    sign_extend(word & 0x03ff_ffff, 26) * 4
}

/// Distance in bytes of ADRP: immhi and immlo, in pages.
fn decode_adrp(word: u32) -> i64 {
    sign_extend((word >> 5 & 0x7_ffff) << 2 | word >> 29 & 3, 21) * 4096
}

fn encoded(kind: Kind, target: u64, word: u32) -> Encoded {
    kind.encode(kind.value(PLACE, target).unwrap(), word)
}

fn word(kind: Kind, target: u64, old: u32) -> u32 {
    match encoded(kind, target, old) {
        Encoded::Word(word) => word,
        Encoded::Double(double) => panic!("{kind} gave {double:#x}"),
    }
}

fn is_out_of_range(kind: Kind, target: u64) -> bool {
    matches!(kind.value(PLACE, target), Err(ValueError::OutOfRange { .. }))
}

#[test]
fn branches_reach_128_mib_and_not_one_instruction_further() {
    for (kind, op) in [(Kind::Call26, BL), (Kind::Jump26, B)] {
        for distance in [-(1_i64 << 27), -4, 0, 4, (1 << 27) - 4] {
            let word = word(kind, PLACE.wrapping_add_signed(distance), op | 0x155_5555);
            assert_eq!(decode_branch(word), distance);
            assert_eq!(word & 0xfc00_0000, op);
        }
        for distance in [-(1_i64 << 27) - 4, 1 << 27, i64::MAX & !3, i64::MIN] {
            assert!(is_out_of_range(kind, PLACE.wrapping_add_signed(distance)), "{kind} {distance}");
        }
    }
}

#[test]
fn branches_lead_to_whole_instructions() {
    for kind in [Kind::Call26, Kind::Jump26] {
        for odd in 1..4 {
            let value = kind.value(PLACE, PLACE + odd);
            assert_eq!(value, Err(ValueError::Misaligned { value: odd, align: 4 }));
        }
    }
}

#[test]
fn adrp_reaches_4_gib_of_pages_and_not_one_page_further() {
    let place_page = PLACE & !0xfff;
    for pages in [-(1_i64 << 20), -1, 0, 1, (1 << 20) - 1] {
        for within in [0, 0xfff] {
            let target = place_page.wrapping_add_signed(pages * 4096) + within;
            let word = word(Kind::AdrPrelPgHi21, target, ADRP_X1 | 0x60ff_ffe0);
            assert_eq!(decode_adrp(word), pages * 4096);
            assert_eq!(word & 0x9f00_001f, ADRP_X1);
        }
    }
    let lowest = place_page.wrapping_add_signed(-(1_i64 << 32));
    let highest = place_page.wrapping_add_signed(1 << 32);
    for target in [lowest - 1, highest, lowest - 4096, highest + 4096] {
        assert!(is_out_of_range(Kind::AdrPrelPgHi21, target), "{target:#x}");
    }
    assert!(Kind::AdrPrelPgHi21.value(PLACE, highest - 1).is_ok());
}

#[test]
fn low_12_bits_take_any_address_of_the_right_alignment() {
    for (kind, op, scale) in LOW_12 {
        for address in [0, scale, 0x1000 - scale, 0x1000, PLACE & !0xfff, u64::MAX - scale + 1] {
            let word = word(kind, address, op | 0x002a_a800);
            assert_eq!(u64::from(word >> 10 & 0xfff) * scale, address & 0xfff, "{kind}");
            assert_eq!(word & !(0xfff << 10), op, "{kind}");
        }
    }
}

#[test]
fn scaled_loads_refuse_an_address_between_two() {
    for (kind, _, scale) in LOW_12 {
        for odd in 1..scale {
            let value = kind.value(PLACE, 0x4000 + odd);
            assert_eq!(value, Err(ValueError::Misaligned { value: 0x4000 + odd, align: scale }), "{kind}");
        }
    }
}

#[test]
fn words_hold_signed_and_unsigned_numbers_and_not_one_more() {
    let (low, high) = (-(1_i64 << 31), (1_i64 << 32) - 1);
    for value in [low, -1, 0, 1, high] {
        let stored = value.cast_unsigned() as u32;
        assert_eq!(word(Kind::Abs32, value.cast_unsigned(), 0xaaaa_aaaa), stored);
        assert_eq!(word(Kind::Prel32, PLACE.wrapping_add_signed(value), 0xaaaa_aaaa), stored);
    }
    for value in [low - 1, high + 1, i64::MIN, i64::MAX] {
        assert!(is_out_of_range(Kind::Abs32, value.cast_unsigned()));
        assert!(is_out_of_range(Kind::Prel32, PLACE.wrapping_add_signed(value)));
    }
}

#[test]
fn double_words_hold_every_number() {
    for value in [0, 1, i64::MAX.cast_unsigned(), i64::MIN.cast_unsigned(), u64::MAX] {
        assert_eq!(encoded(Kind::Abs64, value, 0), Encoded::Double(value));
        assert_eq!(encoded(Kind::Prel64, PLACE.wrapping_add(value), 0), Encoded::Double(value));
    }
}

#[test]
fn each_type_knows_its_instruction() {
    let own = [(Kind::Call26, BL), (Kind::Jump26, B), (Kind::AdrPrelPgHi21, ADRP_X1)]
        .into_iter()
        .chain(LOW_12.map(|(kind, op, _)| (kind, op)));
    for (kind, op) in own {
        for other in Kind::ALL.into_iter().filter(|other| other.is_instruction()) {
            assert_eq!(other.fits_instruction(op), other == kind, "{other} on {op:#x}");
        }
        // `ret`, `nop`, `adr x1`, `ldr x1, literal`, a pre-indexed load and `add` with its immediate shifted.
        for foreign in [0xd65f_03c0, 0xd503_201f, 0x1000_0001, 0x5800_0001, 0xf840_0c62, 0x9140_0062] {
            assert!(!kind.fits_instruction(foreign), "{kind} on {foreign:#x}");
        }
    }
}

#[test]
fn what_is_linked_has_its_number_its_name_and_nothing_else_has() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_code(kind.code()), Some(kind));
        assert!(kind.to_string().starts_with("R_AARCH64_"), "{kind}");
    }
    let linked = (0..2048).filter(|code| Kind::from_code(*code).is_some()).count();
    assert_eq!(linked, Kind::ALL.len());
    assert_eq!(name_of(311), Some("R_AARCH64_ADR_GOT_PAGE"));
    assert_eq!(name_of(276), Some("R_AARCH64_ADR_PREL_PG_HI21_NC"));
    assert_eq!(name_of(281), None);
}

#[test]
fn errors_state_value_and_range() {
    let far = Kind::Call26.value(PLACE, PLACE + (1 << 27)).unwrap_err();
    assert_eq!(far.to_string(), "134217728 is not in the range from -134217728 to 134217727");
}
