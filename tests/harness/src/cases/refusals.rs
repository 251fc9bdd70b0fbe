//! Objects that the kernel must refuse: each with words that name the file, what is wrong in it, and nothing left behind.

use std::time::Duration;

use super::Case;
use crate::judge::Expectation;
use crate::machine::Machine;

/// Name of an object in the archive of the tests, and what the refusal has to say.
pub const REFUSED: [(&str, &[&str]); 13] = [
    ("unsigned", &["unsigned", "signature"]),
    ("altered", &["altered", "signature"]),
    ("truncated", &["truncated", "the header states"]),
    ("stranger", &["stranger", "key"]),
    ("revoked", &["`revoked`", "signed by key", "was revoked: it was `revoked-for-tests`"]),
    ("empty", &["empty"]),
    ("not-an-object", &["not-an-object"]),
    ("other-interface", &["other-interface", "spindle"]),
    ("missing-import", &["missing-import", "is not exported"]),
    ("strange-relocation", &["strange-relocation", "544"]),
    ("far-branch", &["far-branch", ".text"]),
    ("overreach", &["overreach", "spindle_control"]),
    ("nowhere", &["nowhere"]),
];

/// Objects that are spoiled inside the signed part (`spoiled.rs` of xtask): name, stage, and how the refusal begins; then what it
/// says besides.
pub const SPOILED: [(&str, &str, &[&str]); 56] = [
    ("elf-machine", "parse", &["ELF header: machine is 0x3e, not 0xb7"]),
    ("elf-executable", "parse", &["ELF header: type is 0x2, not 0x1"]),
    ("elf-sections", "parse", &["not a readable ELF object: "]),
    ("elf-names", "parse", &["sections without names"]),
    ("section-long", "parse", &["section `.text`: 0x10000000000 bytes at offset"]),
    ("section-overlap", "parse", &["section `.rodata`: overlaps `.text` in the file"]),
    ("section-headers", "parse", &["section `.rodata`: overlaps `the ELF headers`"]),
    ("section-outside", "parse", &["section `.rodata`: ", "at offset 0x10000000000 reach out of the file"]),
    ("section-both", "parse", &["section `.text`: writable and executable"]),
    ("section-threads", "parse", &["section `.rodata`: flags 0x400 are not linked"]),
    ("section-hidden", "parse", &["section `.text`: flags 0x4 are not linked"]),
    ("section-odd", "parse", &["section `.rodata`: alignment 0x3 is no power of two"]),
    ("section-wide", "parse", &["section `.rodata`: alignment 0x100000 is no power of two of at most 4096"]),
    ("section-fixed", "parse", &["section `.text`: has an address, 0x40200000"]),
    ("section-kind", "parse", &["section `.rodata`: type 0xe is not linked"]),
    ("section-zeroed", "parse", &["section `.text`: zero-filled text"]),
    ("section-nameless", "parse", &["section number", "has no usable name"]),
    ("section-twice", "parse", &["section `.ext.deps`: there are two of this name"]),
    ("entry-none", "parse", &["no section `.ext.entry`"]),
    ("entry-magic", "parse", &["section `.ext.entry`: begins with 0x5845"]),
    ("entry-version", "parse", &["section `.ext.entry`: entry record of version 9, the kernel has"]),
    ("entry-reserved", "parse", &["section `.ext.entry`: reserved field is 0x1, not 0"]),
    ("entry-name", "parse", &["section `.ext.entry`: the name is not text in this object's read-only data"]),
    ("entry-data", "parse", &["section `.ext.entry`: the pointer at 0x20 does not lead to an instruction"]),
    ("entry-within", "parse", &["section `.ext.entry`: the pointer at 0x20 does not lead to an instruction"]),
    ("entry-empty", "parse", &["section `.ext.entry`: the pointer at 0x20 does not lead to an instruction"]),
    ("entry-moved", "parse", &["section `.ext.entry`: a relocation at 0x18, where no pointer stands"]),
    (
        "relocation-outside",
        "parse",
        &["section `.text`: relocation at 0x100000: reaches out of the section's"],
    ),
    ("relocation-twice", "parse", &["section `.text`: relocation at", "changes what the relocation at"]),
    ("relocation-note", "parse", &["section `.rela.text`: relocates the note"]),
    (
        "relocation-nowhere",
        "parse",
        &["section `.rela.text`: relocates section number 200, which does not exist"],
    ),
    ("relocation-nobody", "parse", &["section `.text`: relocation at", "symbol number 65535 does not exist"]),
    (
        "relocation-data",
        "parse",
        &["section `.ext.entry`: relocation at", "is for instructions, this is data"],
    ),
    ("relocation-other", "parse", &["section `.text`: relocation at", "is not for the instruction"]),
    ("relocation-between", "parse", &["section `.text`: relocation at", "no instruction can be here"]),
    ("relocation-torn", "parse", &["section `.rela.text`: 25 bytes are no table of relocations"]),
    (
        "branch-astray",
        "relocate",
        &["section `.text`: relocation at", "+0x4): branches neither into this object's text"],
    ),
    ("symbols-twice", "parse", &["more than one symbol table"]),
    ("symbols-nameless", "parse", &["symbol table: its names are in no string table"]),
    ("symbol-outside", "parse", &["symbol `", "at 0x40000000 reach out of section `.text`"]),
    ("symbol-taken", "resolve", &["defines `", "which is exported already"]),
    ("symbol-endless", "parse", &["symbol number"]),
    ("names-many", "parse", &["section `.ext.names`: ", "bytes are less than the table says that it has"]),
    ("names-falling", "parse", &["section `.ext.names`: function 1 begins before the one before it"]),
    ("note-magic", "parse", &["section `.ext.deps`: begins with `X"]),
    ("note-many", "parse", &["section `.ext.deps`: states 4294967295 records"]),
    ("note-short", "parse", &["section `.ext.deps`: ends within a record: 32 bytes missing"]),
    ("note-long", "parse", &["section `.ext.deps`: ", "bytes behind the last record"]),
    ("note-kind", "parse", &["section `.ext.deps`: record at 0x8 is of unknown kind 9"]),
    ("entry-writable", "parse", &["section `.ext.entry`: is not read-only data"]),
    ("other-compiler", "interface", &["compiled by `rustc 9.", "the kernel by `rustc 1."]),
    ("unknown-interface", "interface", &["interface `spindle_konsole` is not in this kernel"]),
    ("pointer-astray", "parse", &["section `.ext.entry`: relocation at", "is not placed in memory"]),
    ("published-unsorted", "parse", &["section `.ext.deps`: record at", "is not in the order of hashes"]),
    ("published-doubly", "parse", &["section `.ext.deps`: publishes symbol 0x", " twice"]),
    (
        "published-faceless",
        "parse",
        &["section `.ext.deps`: record at", "publishes a crate without a digest"],
    ),
];

pub(super) fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = REFUSED.iter().map(|(name, words)| refusal(name, words)).collect();
    cases.push(spoiled());
    cases.push(nothing_stays_behind());
    cases
}

/// Each is refused by the step that is meant, and the next is refused all the same.
fn spoiled() -> Case {
    let loads: Vec<String> = SPOILED.iter().map(|(name, _, _)| format!("load {name}")).collect();
    let mut commands = vec!["load ledger", "unload ledger"];
    commands.extend(loads.iter().map(String::as_str));
    commands.extend(["load gatekeeper", "raise intruder nobody", "halt"]);
    let mut expected = Expectation::shell(1);
    for (name, stage, words) in SPOILED {
        let (first, rest) = words.split_first().unwrap_or((&"", &[]));
        expected = expected.then(format!("`{name}` refused at {stage}: {first}"));
        expected = rest.iter().fold(expected, |expected, word| expected.contains(*word));
    }
    let expected = expected.then("Intruder Alert: nobody");
    let mut case = Case::with_tests("refusal::what_is_spoiled_inside", Machine::virt(), &commands, expected);
    case.patience = Duration::from_secs(60);
    case
}

fn refusal(name: &str, words: &[&str]) -> Case {
    let load = format!("load {name}");
    let expected = words
        .iter()
        .fold(Expectation::shell(1).absent("Intruder Alert"), |expected, word| expected.contains(*word));
    Case::with_tests(&format!("refusal::{name}"), Machine::virt(), &[&load, "halt"], expected)
}

/// All of them over and over: what is refused leaves nothing, once logs and histories have stopped growing.
fn nothing_stays_behind() -> Case {
    let names = REFUSED.iter().map(|(name, _)| name).chain(SPOILED.iter().map(|(name, _, _)| name));
    let round: Vec<String> = names.map(|name| format!("load {name}")).collect();
    let mut commands: Vec<&str> = Vec::new();
    for _ in 0..9 {
        commands.extend(round.iter().map(String::as_str));
        commands.push("mem");
    }
    commands.push("halt");
    let expected = Expectation::shell(1).settled("extensions").settled("heap");
    let name = "refusal::nothing_stays_behind";
    let mut case = Case::with_tests(name, Machine::virt(), &commands, expected);
    case.patience = Duration::from_secs(120);
    case
}
