//! Objects with one thing wrong: refused with the section, symbol or record that is to blame.

use crate::fixture::{EVERY_KIND, kernel, refusal};
use crate::patch::{
    Patched, R_OFFSET, R_SYM, R_TYPE, SH_ADDR, SH_ALIGN, SH_ENTSIZE, SH_FLAGS, SH_INFO, SH_LINK, SH_NAME,
    SH_OFFSET, SH_SIZE, SH_TYPE, ST_INFO, ST_NAME, ST_SHNDX, ST_SIZE, ST_VALUE, every_kind,
};

/// Refused, with a message that says `expected`.
#[track_caller]
fn refuses(object: Patched, expected: &str) {
    let said = refusal(&object.0, &kernel());
    assert!(said.contains(expected), "said `{said}`, not `{expected}`");
}

#[track_caller]
fn accepts(object: Patched) {
    assert_eq!(refusal(&object.0, &kernel()), "not refused");
}

#[test]
fn the_object_itself_is_accepted() {
    accepts(every_kind());
}

#[test]
fn a_foreign_header_is_refused_by_its_field() {
    refuses(every_kind().header(0, 1, 0), "not a readable ELF object");
    refuses(every_kind().header(5, 1, 2), "not a readable ELF object");
    refuses(every_kind().header(7, 1, 9), "ELF header: operating system ABI is 0x9, not 0x0");
    refuses(every_kind().header(8, 1, 1), "ELF header: operating system ABI version is 0x1");
    refuses(every_kind().header(16, 2, 2), "ELF header: type is 0x2, not 0x1");
    refuses(every_kind().header(18, 2, 62), "ELF header: machine is 0x3e, not 0xb7");
    refuses(every_kind().header(20, 4, 2), "ELF header: version is 0x2");
    refuses(every_kind().header(48, 4, 1), "ELF header: flags is 0x1");
    refuses(every_kind().header(52, 2, 63), "ELF header: header size is 0x3f");
    refuses(every_kind().header(56, 2, 1), "ELF header: number of program headers is 0x1");
    refuses(every_kind().header(58, 2, 65), "not a readable ELF object");
    accepts(every_kind().header(7, 1, 3));
}

#[test]
fn a_section_table_that_is_not_there_is_refused() {
    refuses(every_kind().header(40, 8, 0), "sections without names");
    refuses(every_kind().header(40, 8, u64::MAX - 7), "not a readable ELF object");
    refuses(every_kind().header(60, 2, 0), "0 sections, 1 to 256 are linked");
    refuses(every_kind().header(60, 2, 257), "not a readable ELF object");
    refuses(every_kind().header(62, 2, 0), "sections without names");
    refuses(every_kind().header(62, 2, 99), "sections without names");
    refuses(every_kind().header(62, 2, 0xffff), "sections without names");
    refuses(every_kind().section(".shstrtab", SH_TYPE, 1), "sections without names");
}

#[test]
fn sections_need_printable_names() {
    refuses(every_kind().section(".data", SH_NAME, 1 << 20), "section number 5 has no usable name");
    refuses(every_kind().rename(".data\0", ".da\x1b[\0"), "has no usable name");
}

#[test]
fn sections_of_other_types_are_refused() {
    const INIT_ARRAY: u64 = 14;
    const REL: u64 = 9;
    const NOTE: u64 = 7;
    refuses(every_kind().section(".data", SH_TYPE, INIT_ARRAY), "section `.data`: type 0xe is not linked");
    refuses(every_kind().section(".rela.data", SH_TYPE, REL), "section `.rela.data`: type 0x9 is not linked");
    refuses(
        every_kind().section(".data", SH_TYPE, NOTE),
        "section `.data`: type 0x7 cannot be placed in memory",
    );
}

#[test]
fn nothing_is_both_writable_and_executable() {
    refuses(every_kind().section(".text", SH_FLAGS, 7), "section `.text`: writable and executable");
    refuses(every_kind().section(".data", SH_FLAGS, 7), "section `.data`: writable and executable");
}

#[test]
fn sections_with_other_flags_are_refused() {
    const THREAD_LOCAL: u64 = 0x400;
    const COMPRESSED: u64 = 0x800;
    const GROUP: u64 = 0x200;
    refuses(every_kind().section(".data", SH_FLAGS, 3 | THREAD_LOCAL), "section `.data`: flags 0x400");
    refuses(every_kind().section(".data", SH_FLAGS, 3 | COMPRESSED), "section `.data`: flags 0x800");
    refuses(every_kind().section(".data", SH_FLAGS, 3 | GROUP), "section `.data`: flags 0x200");
    refuses(
        every_kind().section(".data", SH_FLAGS, 1 << 63 | 3),
        "section `.data`: flags 0x8000000000000000",
    );
    refuses(every_kind().section(".strtab", SH_FLAGS, COMPRESSED), "section `.strtab`: flags 0x800");
    refuses(every_kind().section(".bss", SH_FLAGS, 2), "section `.bss`: zero-filled read-only data");
    refuses(every_kind().section(".bss", SH_FLAGS, 6), "section `.bss`: zero-filled text");
}

#[test]
fn sections_reach_neither_out_of_the_file_nor_into_each_other() {
    let length = EVERY_KIND.len() as u64;
    refuses(
        every_kind().section(".data", SH_OFFSET, length),
        "section `.data`: 0x30 bytes at offset 0xc30 reach out",
    );
    refuses(
        every_kind().section(".data", SH_OFFSET, u64::MAX - 8),
        "section `.data`: 0x30 bytes at offset 0xfff",
    );
    refuses(every_kind().section(".data", SH_SIZE, length), "section `.data`: 0xc30 bytes at offset");
    refuses(
        every_kind().section(".data", SH_OFFSET, 0),
        "section `.data`: overlaps `the ELF headers` in the file",
    );
    let inside_text = every_kind().offset_of(".text") + 4;
    refuses(
        every_kind().section(".data", SH_OFFSET, inside_text),
        "section `.data`: overlaps `.text` in the file",
    );
    refuses(every_kind().section(".text", SH_SIZE, 0x79), "section `.rodata`: overlaps `.text` in the file");
}

#[test]
fn sections_are_aligned_to_a_power_of_two_of_a_page_at_most() {
    refuses(every_kind().section(".bss", SH_ALIGN, 8192), "section `.bss`: alignment 0x2000");
    refuses(every_kind().section(".bss", SH_ALIGN, 24), "section `.bss`: alignment 0x18");
    refuses(every_kind().section(".bss", SH_ALIGN, u64::MAX), "section `.bss`: alignment 0xffffffffffffffff");
    accepts(every_kind().section(".bss", SH_ALIGN, 0));
    accepts(every_kind().section(".bss", SH_ALIGN, 4096));
}

#[test]
fn sections_have_no_address_yet() {
    refuses(every_kind().section(".text", SH_ADDR, 0x1000), "section `.text`: has an address, 0x1000");
}

#[test]
fn sections_are_not_too_long() {
    const MOST: u64 = 16 << 20;
    refuses(
        every_kind().section(".bss", SH_SIZE, MOST + 1),
        "section `.bss`: 16777217 bytes, at most 16777216",
    );
    refuses(every_kind().section(".bss", SH_SIZE, u64::MAX), "section `.bss`: 18446744073709551615 bytes");
    refuses(every_kind().section(".bss", SH_SIZE, MOST), "16777264 bytes of writable data, at most 16777216");
    accepts(every_kind().section(".bss", SH_SIZE, 1 << 20));
}

#[test]
fn symbols_of_other_types_are_refused() {
    const GLOBAL: u64 = 0x10;
    refuses(every_kind().symbol("start", ST_INFO, GLOBAL | 6), "symbol `start`: symbols of type 6");
    refuses(every_kind().symbol("start", ST_INFO, GLOBAL | 10), "symbol `start`: symbols of type 10");
    refuses(every_kind().symbol("small", ST_INFO, GLOBAL | 5), "symbol `small`: symbols of type 5");
    refuses(every_kind().symbol("start", ST_INFO, 0xa2), "symbol `start`: symbols of binding 10");
    refuses(every_kind().symbol("small", ST_INFO, 0), "symbol `small`: local, but defined nowhere");
    refuses(every_kind().symbol("small", ST_INFO, GLOBAL | 3), "symbol `small`: local, but defined nowhere");
}

#[test]
fn symbols_lie_within_a_section() {
    const ABSOLUTE: u64 = 0xfff1;
    const COMMON: u64 = 0xfff2;
    const EXTENDED: u64 = 0xffff;
    for index in [ABSOLUTE, COMMON, EXTENDED, 14, 0xff00] {
        refuses(every_kind().symbol("start", ST_SHNDX, index), "symbol `start`: defined in section");
    }
    let outside = "symbol `start`: 0x0 bytes at 0x79 reach out of section `.text`";
    refuses(every_kind().symbol("start", ST_VALUE, 0x79), outside);
    refuses(
        every_kind().symbol("start", ST_SIZE, u64::MAX),
        "symbol `start`: 0xffffffffffffffff bytes at 0x0",
    );
    refuses(every_kind().symbol("start", ST_SIZE, 0x79), "symbol `start`: 0x79 bytes at 0x0");
    refuses(
        every_kind().symbol("start", ST_VALUE, u64::MAX).symbol("start", ST_SIZE, 2),
        "symbol `start`: 0x2 bytes at 0xffffffffffffffff",
    );
    accepts(every_kind().symbol("start", ST_SIZE, 0x78));
}

#[test]
fn symbols_need_printable_names() {
    refuses(every_kind().symbol("small", ST_NAME, 0), "symbol `number 24`: global without a name");
    refuses(every_kind().symbol("small", ST_NAME, 1 << 20), "symbol number 24 has no usable name");
    refuses(every_kind().rename("small", "sm\x1b[H"), "symbol number 24 has no usable name");
}

#[test]
fn the_symbol_table_is_one_and_whole() {
    refuses(
        every_kind().section(".symtab", SH_SIZE, 25),
        "symbol table: 25 bytes are no whole number of entries",
    );
    refuses(every_kind().section(".symtab", SH_ENTSIZE, 16), "symbol table: ");
    refuses(every_kind().section(".symtab", SH_LINK, 0), "symbol table: its names are in no string table");
    refuses(every_kind().section(".symtab", SH_LINK, 1), "symbol table: its names are in no string table");
    refuses(every_kind().section(".symtab", SH_LINK, 99), "symbol table: its names are in no string table");
    refuses(every_kind().section(".strtab", SH_TYPE, 2), "more than one symbol table");
    refuses(
        every_kind().section(".rela.data", SH_LINK, 1),
        "section number 9: its relocations do not refer to the symbol table",
    );
    let many = every_kind().extended(".symtab", 24 * ((1 << 16) + 1));
    refuses(many, "symbol table: more symbols than the 65536 that are read");
    refuses(every_kind().section(".symtab", SH_TYPE, 1), "symbol number 21 does not exist");
}

#[test]
fn relocation_tables_are_whole_and_have_a_target_of_their_own() {
    refuses(every_kind().section(".rela.data", SH_SIZE, 23), "section `.rela.data`: 23 bytes are no table");
    refuses(
        every_kind().section(".rela.data", SH_ENTSIZE, 16),
        "section `.rela.data`: 24 bytes are no table",
    );
    refuses(
        every_kind().section(".rela.data", SH_INFO, 99),
        "section `.rela.data`: relocates section number 99, which does not exist",
    );
    refuses(
        every_kind().section(".rela.data", SH_INFO, 0),
        "relocates section number 0, which does not exist",
    );
    let text = every_kind().number_of(".text");
    refuses(
        every_kind().section(".rela.data", SH_INFO, text),
        "section `.rela.data`: a second table of relocations for `.text`",
    );
    let note = every_kind().number_of(".ext.deps");
    refuses(every_kind().section(".rela.data", SH_INFO, note), "section `.rela.data`: relocates the note");
    let zeros = every_kind().number_of(".bss");
    refuses(
        every_kind().section(".rela.data", SH_INFO, zeros),
        "section `.bss`: relocation at 0x8: reaches out of the section's 0x0 bytes",
    );
}

#[test]
fn other_relocations_are_refused_by_number_and_name() {
    let of_type = |code| every_kind().record(".text", 4, R_TYPE, code);
    let refused = "section `.text`: relocation at 0x4: type";
    refuses(of_type(311), &format!("{refused} 311 (R_AARCH64_ADR_GOT_PAGE) is not linked"));
    refuses(of_type(276), &format!("{refused} 276 (R_AARCH64_ADR_PREL_PG_HI21_NC) is not linked"));
    refuses(of_type(263), &format!("{refused} 263 (R_AARCH64_MOVW_UABS_G0) is not linked"));
    refuses(of_type(569), &format!("{refused} 569 (R_AARCH64_TLSDESC_CALL) is not linked"));
    refuses(of_type(1027), &format!("{refused} 1027 (R_AARCH64_RELATIVE) is not linked"));
    refuses(of_type(9999), &format!("{refused} 9999 is not linked"));
    accepts(of_type(0));
    accepts(of_type(256));
}

#[test]
fn relocations_stay_within_their_section() {
    let at = |offset| every_kind().record(".data", 8, R_OFFSET, offset);
    let outside = "reaches out of the section's 0x30 bytes";
    refuses(at(0x29), &format!("section `.data`: relocation at 0x29: {outside}"));
    refuses(at(0x30), outside);
    refuses(at(1 << 32), outside);
    refuses(at(u64::MAX), outside);
    accepts(at(0x28));
}

#[test]
fn relocations_refer_to_what_is_placed() {
    let to = |symbol| every_kind().record(".data", 8, R_SYM, symbol);
    refuses(to(26), "section `.data`: relocation at 0x8: symbol number 26 does not exist");
    refuses(to(u64::from(u32::MAX)), "symbol number 4294967295 does not exist");
    refuses(to(0), "symbol `number 0` is not placed in memory");
    refuses(to(16), "symbol `.ext.deps` is not placed in memory");
}

#[test]
fn relocations_do_not_change_the_same_bytes() {
    let moved = every_kind().record(".rodata", 8, R_OFFSET, 7);
    refuses(moved, "section `.rodata`: relocation at 0x7: changes what the relocation at 0x0 changes");
    let twice = every_kind().record(".text", 0x8, R_OFFSET, 4);
    refuses(twice, "section `.text`: relocation at 0x4: changes what the relocation at 0x4 changes");
}

#[test]
fn instruction_relocations_are_for_their_instruction() {
    refuses(
        every_kind().record(".data", 8, R_TYPE, 283),
        "section `.data`: relocation at 0x8: R_AARCH64_CALL26 is for instructions, this is data",
    );
    refuses(every_kind().record(".text", 4, R_OFFSET, 2), "R_AARCH64_CALL26: no instruction can be here");
    refuses(
        every_kind().record(".text", 4, R_OFFSET, 0),
        "relocation at 0x0: R_AARCH64_CALL26 is not for the instruction 0xa9bf7bfd",
    );
    refuses(every_kind().record(".text", 4, R_TYPE, 282), "R_AARCH64_JUMP26 is not for the instruction 0x94");
}

#[test]
fn note_and_entry_have_to_be_there_once() {
    refuses(every_kind().rename(".ext.deps", ".ext.dept"), "no section `.ext.deps`");
    refuses(every_kind().rename(".ext.entry", ".ext.exits"), "no section `.ext.entry`");
    let entry_name = every_kind().name_offset(".ext.entry");
    let note_name = every_kind().name_offset(".ext.deps");
    refuses(
        every_kind().section(".data", SH_NAME, entry_name),
        "section `.ext.entry`: there are two of this name",
    );
    refuses(
        every_kind().section(".data", SH_NAME, note_name),
        "section `.ext.deps`: there are two of this name",
    );
}

#[test]
fn a_note_that_is_none_is_refused() {
    let note = |at, bytes: &[u8]| every_kind().contents(".ext.deps", at, bytes);
    refuses(note(0, b"XXXX"), "section `.ext.deps`: begins with `XXXX`");
    refuses(note(4, &[4]), "section `.ext.deps`: ends within a record");
    refuses(note(4, &[0, 2]), "section `.ext.deps`: states 512 records, at most 256 are read");
    refuses(note(4, &[2]), "section `.ext.deps`: 47 bytes behind the last record, at 0x22");
    refuses(note(8, &[9]), "section `.ext.deps`: record at 0x8 is of unknown kind 9");
    refuses(note(10, &[0]), "section `.ext.deps`: record at 0x8 has no usable name");
    refuses(note(22, &[1]), "section `.ext.deps`: record at 0x16 says for a second time");
    refuses(note(24, b"Every"), "section `.ext.deps`: record at 0x16 has no usable name");
}

#[test]
fn an_entry_record_that_is_none_is_refused() {
    let entry = |at, bytes: &[u8]| every_kind().contents(".ext.entry", at, bytes);
    refuses(entry(0, b"SPINDLEY"), "section `.ext.entry`: begins with 0x59454c444e495053");
    refuses(entry(8, &[2]), "section `.ext.entry`: entry record of version 2, the kernel has 1");
    refuses(entry(12, &[7]), "section `.ext.entry`: reserved field is 0x7, not 0");
    refuses(entry(24, &[11]), "section `.ext.entry`: the name is not text in this object's read-only data");
    refuses(entry(24, &[0xff; 8]), "section `.ext.entry`: the name is not text");
    refuses(
        entry(24, &[9]),
        "section `.ext.entry`: the record's name is `every_kin`, the note's `every_kind`",
    );
    refuses(entry(40, &[1]), "section `.ext.entry`: the pointer at 0x28 does not lead to an instruction");
    refuses(
        every_kind().section(".ext.entry", SH_SIZE, 40).symbol("ENTRY", ST_SIZE, 40),
        "section `.ext.entry`: 40 bytes, one entry record takes 48",
    );
    refuses(every_kind().section(".ext.entry", SH_FLAGS, 3), "section `.ext.entry`: is not read-only data");
}

#[test]
fn entry_pointers_lead_into_the_object() {
    let init = |field, value| every_kind().record(".ext.entry", 32, field, value);
    let nowhere = "section `.ext.entry`: the pointer at 0x20 does not lead to an instruction of this object";
    refuses(init(R_SYM, 21), nowhere);
    refuses(init(R_SYM, 15), nowhere);
    refuses(init(R_TYPE, 260), nowhere);
    refuses(init(R_TYPE, 0), nowhere);
    refuses(init(crate::patch::R_ADDEND, 2), nowhere);
    refuses(init(crate::patch::R_ADDEND, 0x78), nowhere);
    refuses(init(crate::patch::R_ADDEND, u64::MAX), nowhere);
    accepts(init(R_OFFSET, 32));

    let name = |field, value| every_kind().record(".ext.entry", 16, field, value);
    let no_name = "section `.ext.entry`: the name is not text in this object's read-only data";
    refuses(name(R_SYM, 21), no_name);
    refuses(name(R_SYM, 18), no_name);
    refuses(name(R_TYPE, 0), no_name);
    refuses(name(R_OFFSET, 24), "section `.ext.entry`: a relocation at 0x18, where no pointer stands");
    // The name is not text when a relocation will change it.
    refuses(every_kind().record(".rodata", 0x2d, R_OFFSET, 0x38), no_name);
}
