//! What compiler and linker say of frames, as a table. How the files were made stands in `fixtures/README.md`.

use spindle::frames::{check_same_text, of_extension, of_image};
use spindle_unwind::{Base, Registers, Rule, SAVED, Table, step};

static EXTENSION: &[u8] = include_bytes!("fixtures/extension.elf");
static IMAGE: &[u8] = include_bytes!("fixtures/image.elf");

/// Where the image is linked.
const BASE: u64 = 0xffff_ffff_8000_0000;
/// Indices of x29 and x30.
const FRAME_POINTER: usize = SAVED - 2;
const LINK: usize = SAVED - 1;

fn frame(base: Base, size: u32, saved: &[(usize, u16)]) -> Option<Rule> {
    let mut rule = Rule { base, size, saved: [0; SAVED] };
    saved.iter().for_each(|(place, below)| rule.saved[*place] = *below);
    Some(rule)
}

/// `holds` as an extension: x30, then x20 and x19.
fn body() -> Option<Rule> {
    frame(Base::Sp, 32, &[(0, 8), (1, 16), (LINK, 32)])
}

/// Where `holds` begins in the extension: behind `bare`.
const HOLDS: u32 = 8;

#[test]
fn of_an_extension_each_instruction_is_known() {
    let bytes = of_extension(EXTENSION).expect("can be translated");
    let table = Table::new(&bytes).expect("is a table");
    let stages = [
        (0, 4, Some(Rule::NOTHING)),
        (4, 8, frame(Base::Sp, 32, &[])),
        (8, 0x30, body()),
        (0x30, 0x34, Some(Rule::NOTHING)),
        (0x34, 0x48, body()),
    ];
    for (from, to, rule) in stages {
        for at in (HOLDS + from..HOLDS + to).step_by(4) {
            assert_eq!((table.rule_at(at), table.function_at(at)), (rule, Some(HOLDS)), "{at:#x}");
        }
    }
}

#[test]
fn assembly_that_nobody_described_is_known_by_nobody() {
    for (bytes, at) in [(of_extension(EXTENSION), 0), (of_image(IMAGE, BASE), 0x48)] {
        let bytes = bytes.expect("can be translated");
        let table = Table::new(&bytes).expect("is a table");
        assert_eq!((table.rule_at(at), table.rule_at(at + 4)), (None, None), "{at:#x}");
        assert!(table.rule_at(at + 8).is_some());
    }
}

#[test]
fn a_call_that_leaves_something_to_be_dropped_has_a_landing_pad() {
    let bytes = of_extension(EXTENSION).expect("can be translated");
    let table = Table::new(&bytes).expect("is a table");
    // Both calls of `called` land where `_loud` is dropped; that drop lands where a second panic ends.
    let lands = [(0xc, Some(0x34)), (0x18, Some(0x34)), (0x20, None), (0x38, Some(0x44)), (0x40, None)];
    for (call, pad) in lands {
        let pad = pad.map(|pad: u32| HOLDS + pad);
        assert_eq!(table.landing_pad_at(HOLDS + call), pad, "{call:#x}");
    }
}

#[test]
fn of_an_image_the_calls_are_known() {
    let bytes = of_image(IMAGE, BASE).expect("can be translated");
    let table = Table::new(&bytes).expect("is a table");
    let saved = [(0, 8), (1, 16), (FRAME_POINTER, 32), (LINK, 24)];
    for call in [0x20, 0x2c, 0x34] {
        assert_eq!(table.rule_at(call), frame(Base::FramePointer, 32, &saved));
        assert_eq!(table.function_at(call), Some(0x10));
    }
    // One that calls nobody is described as where it works.
    let works = frame(Base::Sp, 16, &[(FRAME_POINTER, 16), (LINK, 8)]);
    assert_eq!((table.rule_at(0x50), table.function_at(0x60)), (works, Some(0x50)));
}

#[test]
fn a_walk_by_the_table_comes_to_the_caller() {
    const STACK: u64 = 0x8000;
    let bytes = of_extension(EXTENSION).expect("can be translated");
    let table = Table::new(&bytes).expect("is a table");
    // As `holds` lays it down: x30, a gap, x20, x19.
    let frame = [0x1234, 0, 20, 19];
    let mut read = |address: u64| frame.get(usize::try_from((address - STACK) / 8).ok()?).copied();
    let registers = Registers { x: [7; SAVED], sp: STACK, pc: 0xc, scratch: 0 };
    let rule = table.rule_at(HOLDS + 0xc).expect("is known");
    let caller = step(&rule, &registers, &mut read).expect("all is there");
    assert_eq!((caller.pc, caller.sp), (0x1234, STACK + 32));
    assert_eq!((caller.x[0], caller.x[1], caller.x[2], caller.x[LINK]), (19, 20, 7, 0x1234));
}

#[test]
fn a_table_of_other_code_is_refused() {
    assert!(check_same_text(EXTENSION, EXTENSION).is_ok());
    let refused = check_same_text(EXTENSION, IMAGE).expect_err("other code").to_string();
    assert!(refused.contains("bytes of code"), "{refused}");
}
