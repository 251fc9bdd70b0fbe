//! Relocations of a whole object at both ends of their range, and one past: refused with section, offset and symbol.

use spindle_linker::relocate::RelocateError;
use spindle_linker::{Bases, Images, Plan, relocate, resolve};

use crate::fixture::{BASES, EVERY_KIND, HELLO, IMPORTS, Kernel, granted, kernel, link, parse};
use crate::patch::{R_ADDEND, every_kind};

/// Where the records of the object lie, that reach out for an import.
const CALL: u64 = 0x4;
const JUMP: u64 = 0x5c;
const ADRP: u64 = 0x48;

fn kernel_with(name: &str, address: u64) -> Kernel {
    let mut kernel = Kernel::new(&IMPORTS);
    kernel.export(name, address, crate::fixture::EVENT);
    kernel
}

fn outcome(object: &[u8], kernel: &Kernel, bases: &Bases) -> String {
    match link(object, kernel, bases) {
        Ok(_) => "linked".into(),
        Err(refused) => refused.to_string(),
    }
}

fn with_import(name: &str, address: u64) -> String {
    outcome(&every_kind().0, &kernel_with(name, address), &BASES)
}

#[test]
fn a_call_reaches_128_mib_either_way() {
    // A range of 128 MiB around the window leaves the low half of ABS32's range, so only the call is watched.
    let place = BASES.text + CALL;
    let (lowest, highest) = (place - (1 << 27), place + (1 << 27) - 4);
    assert_eq!(with_import("imported_function", lowest), "linked");
    assert_eq!(with_import("imported_function", highest), "linked");
    for (address, distance) in [(lowest - 4, "-134217732"), (highest + 4, "134217728")] {
        let refused = with_import("imported_function", address);
        let expected = format!(
            "section `.text`: relocation at 0x4 (R_AARCH64_CALL26 `imported_function`): {distance} is not in the range \
             from -134217728 to 134217727"
        );
        assert_eq!(refused, expected);
    }
}

#[test]
fn a_jump_reaches_128_mib_either_way() {
    // The second jump to the same import stands 24 bytes further on.
    let (first, second) = (BASES.text + JUMP, BASES.text + 0x74);
    assert_eq!(with_import("imported_tail", second - (1 << 27)), "linked");
    assert_eq!(with_import("imported_tail", first + (1 << 27) - 4), "linked");
    assert!(with_import("imported_tail", second - (1 << 27) - 4).contains("at 0x74 (R_AARCH64_JUMP26"));
    assert!(with_import("imported_tail", first + (1 << 27)).contains("at 0x5c (R_AARCH64_JUMP26"));
}

#[test]
fn adrp_reaches_4_gib_either_way() {
    // ABS32 refers to the same import and reaches less far; it is turned into a relocation without effect.
    let object = || every_kind().record(".rodata", 0x28, crate::patch::R_TYPE, 0);
    let page = (BASES.text + ADRP) & !0xfff;
    let linked = |address| outcome(&object().0, &kernel_with("imported_static", address), &BASES);
    let (lowest, highest) = (page - (1 << 32), page.wrapping_add((1 << 32) - 8));
    assert_eq!(linked(lowest), "linked");
    assert_eq!(linked(highest), "linked");
    assert!(
        linked(lowest - 8).contains("at 0x48 (R_AARCH64_ADR_PREL_PG_HI21 `imported_static`): -4294971392")
    );
    assert!(
        linked(highest.wrapping_add(8))
            .contains("(R_AARCH64_ADR_PREL_PG_HI21 `imported_static`): 4294967296")
    );
}

#[test]
fn a_word_holds_signed_and_unsigned_addresses() {
    // `small` stands twice, the second time less 16.
    assert_eq!(with_import("small", 0xffff_ffff), "linked");
    assert_eq!(with_import("small", 0xffff_ffff_8000_0010), "linked");
    assert!(with_import("small", 0x1_0000_0000).contains("at 0x20 (R_AARCH64_ABS32 `small`): 4294967296"));
    let below = with_import("small", 0xffff_ffff_8000_000f);
    assert!(below.contains("at 0x24 (R_AARCH64_ABS32 `small`-0x10): -2147483649"), "{below}");
}

#[test]
fn a_relative_word_reaches_2_gib_back() {
    // `.word words - .` in the text, with an addend that makes the distance. Forward, the address space ends before.
    let place = BASES.text + 0x6c;
    let linked = |distance: i64| {
        let addend = distance - (BASES.rodata - place).cast_signed();
        let object = every_kind().record(".text", 0x6c, R_ADDEND, addend.cast_unsigned());
        outcome(&object.0, &kernel(), &BASES)
    };
    let lowest = -(1_i64 << 31);
    assert_eq!(linked(lowest), "linked");
    assert!(
        linked(lowest - 1).contains("at 0x6c (R_AARCH64_PREL32 `.rodata`-0x801cbf95): -2147483649 is not")
    );
    assert!(linked(1 << 31).contains("symbol and addend make no address"));
}

#[test]
fn an_unaligned_import_cannot_be_loaded_from() {
    let refused = with_import("imported_static", 0xffff_ffff_8020_4004);
    assert_eq!(
        refused,
        "section `.text`: relocation at 0x4c (R_AARCH64_LDST64_ABS_LO12_NC `imported_static`): \
         0xffffffff80204004 is no multiple of 8"
    );
}

#[test]
fn an_import_is_called_at_its_start_only() {
    let object = every_kind().record(".text", CALL, R_ADDEND, 4);
    let refused = outcome(&object.0, &kernel(), &BASES);
    assert!(
        refused.contains("at 0x4 (R_AARCH64_CALL26 `imported_function`+0x4): branches neither"),
        "{refused}"
    );
}

#[test]
fn a_branch_stays_within_the_text() {
    // The call at 8 goes to `.text` and an addend; the text is 0x78 bytes long.
    let to = |addend: i64| {
        outcome(&every_kind().record(".text", 8, R_ADDEND, addend.cast_unsigned()).0, &kernel(), &BASES)
    };
    assert_eq!(to(0), "linked");
    assert_eq!(to(0x74), "linked");
    assert!(to(0x78).contains("branches neither"));
    assert!(to(-4).contains("branches neither"));
    assert!(to(2).contains("is no multiple of 4"));
}

#[test]
fn an_addend_that_leaves_the_address_space_is_refused() {
    let object = every_kind().record(".rodata", 8, R_ADDEND, i64::MAX.cast_unsigned());
    assert!(outcome(&object.0, &kernel(), &BASES).contains("symbol and addend make no address"));
}

#[test]
fn a_plan_is_good_for_its_own_object_only() {
    let (object, other) = (parse(EVERY_KIND).expect("object"), parse(HELLO).expect("object"));
    let kernel = kernel();
    let hello = Kernel::for_imports_of(&other);
    let imports = resolve(&object, &kernel.table(), &granted()).expect("resolved");
    let foreign_imports = resolve(&other, &hello.table(), &granted()).expect("resolved");
    let (plan, foreign_plan) = (Plan::new(&object).expect("plan"), Plan::new(&other).expect("plan"));
    for (plan, imports) in [(&foreign_plan, &imports), (&plan, &foreign_imports)] {
        let [mut text, mut rodata, mut data] = [[0xa5; 4096]; 3];
        let images = Images { text: &mut text, rodata: &mut rodata, data: &mut data };
        let refused = relocate(&object, plan, imports, &BASES, images).expect_err("refused");
        assert_eq!(refused, RelocateError::ForeignPlan);
        assert!([text, rodata, data].iter().flatten().all(|byte| *byte == 0xa5));
    }
}

#[test]
fn a_region_that_is_too_short_is_not_written() {
    let object = parse(EVERY_KIND).expect("object");
    let plan = Plan::new(&object).expect("plan");
    let imports = resolve(&object, &kernel().table(), &granted()).expect("resolved");
    let (mut text, mut rodata, mut data) = ([0xa5; 0x78], [0xa5; 0x6f], [0xa5; 0x140]);
    let images = Images { text: &mut text, rodata: &mut rodata, data: &mut data };
    let refused = relocate(&object, &plan, &imports, &BASES, images).expect_err("refused");
    assert_eq!(refused.to_string(), "read-only data: 112 bytes do not fit into 111");
    assert!(text.iter().chain(&rodata).chain(&data).all(|byte| *byte == 0xa5));
}

#[test]
fn regions_need_their_alignment_and_an_end() {
    let at = |text| outcome(&every_kind().0, &kernel(), &Bases { text, ..BASES });
    assert_eq!(at(BASES.text + 32), "text cannot be at 0xffffffff81234020");
    assert_eq!(at(!0x3f), "text cannot be at 0xffffffffffffffc0");
}
