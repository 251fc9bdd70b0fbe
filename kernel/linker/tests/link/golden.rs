//! Real objects, linked: the bytes have to be those that another linker makes.

use spindle_linker::object::{Place, Region};
use spindle_linker::{Bases, Plan};

use crate::fixture::{BASES, EVERY_KIND, HELLO, Kernel, kernel, link, parse};

#[test]
fn every_relocation_gives_what_lld_gives() {
    let (memory, placed) = link(EVERY_KIND, &kernel(), &BASES).expect("linked");
    let text = include_bytes!("../fixtures/every_kind.text");
    let rodata = include_bytes!("../fixtures/every_kind.rodata");
    let data = include_bytes!("../fixtures/every_kind.data");
    assert_eq!(memory.text[..text.len()], text[..]);
    assert_eq!(memory.rodata[..rodata.len()], rodata[..]);
    assert_eq!(memory.data[..data.len()], data[..]);
    assert_eq!(placed.relocations, 38);
    assert_eq!(memory.rodata[placed.entry_offset..][..8], *b"SPINDLEX");
}

#[test]
fn what_no_section_fills_is_zero() {
    let (memory, _) = link(EVERY_KIND, &kernel(), &BASES).expect("linked");
    let text = include_bytes!("../fixtures/every_kind.text").len();
    let data = include_bytes!("../fixtures/every_kind.data").len();
    assert!(memory.text.len() > text && memory.data.len() > data);
    assert!(memory.text[text..].iter().chain(&memory.data[data..]).all(|byte| *byte == 0));
}

#[test]
fn the_plan_keeps_order_and_alignment() {
    let object = parse(EVERY_KIND).expect("object");
    let plan = Plan::new(&object).expect("plan");
    let offset = |name: &str| {
        let section = object.sections().iter().find(|section| section.name() == name).expect("section");
        plan.offset(section.number())
    };
    assert_eq!((plan.text_bytes(), plan.rodata_bytes(), plan.data_bytes()), (0x78, 0x70, 0x140));
    assert_eq!((offset(".rodata"), offset(".ext.entry"), offset(".bss")), (Some(0), Some(0x40), Some(0x40)));
    assert_eq!((offset(".ext.deps"), offset(".symtab")), (None, None));
    assert_eq!(plan.align(), 64);
}

#[test]
fn what_the_compiler_makes_is_linked() {
    let object = parse(HELLO).expect("object");
    assert_eq!(object.name(), "hello");
    assert_eq!(object.note().compiler(), "rustc 1.96.0");
    let init = object.symbols().iter().find(|symbol| symbol.name().ends_with("5hello4init")).expect("init");
    assert_eq!((init.region(), init.is_function(), init.is_global()), (Some(Region::Text), true, true));
    let Place::Section { offset, .. } = init.place() else { panic!("init is not defined") };

    let (memory, placed) = link(HELLO, &Kernel::for_imports_of(&object), &BASES).expect("linked");
    let field = |at: usize| {
        let bytes = memory.rodata[placed.entry_offset + at..].first_chunk().expect("eight bytes");
        u64::from_le_bytes(*bytes)
    };
    assert_eq!(field(32), BASES.text + offset as u64);
    let name = (field(16) - BASES.rodata) as usize;
    assert_eq!(memory.rodata[name..][..field(24) as usize], *b"hello");
    assert_eq!(memory.data[..8], 3_u64.to_le_bytes());
}

#[test]
fn the_same_object_is_linked_anywhere() {
    let moved = Bases { text: BASES.text + 0x1000, rodata: BASES.rodata + 0x1000, data: BASES.data + 0x1000 };
    let (memory, _) = link(EVERY_KIND, &kernel(), &moved).expect("linked");
    assert_eq!(memory.rodata[..8], moved.text.to_le_bytes());
}
