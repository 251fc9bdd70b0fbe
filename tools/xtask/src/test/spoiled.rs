//! Signed objects with one thing wrong inside, a good one's bytes aside from that: what no tool of ours would make, and somebody
//! with a trusted key could.
//!
//! `spindle_harness::cases::refusals::SPOILED` says at which stage the kernel must refuse each, and with which words.

use anyhow::{Context, Result};
use ed25519_dalek::SigningKey;
use spindle::sign;

use super::elf::Payload;

/// `R_AARCH64_ABS64`, `R_AARCH64_ADR_PREL_PG_HI21` and `R_AARCH64_CALL26` (AAELF64).
const ABS64: u32 = 257;
const ADR_PAGE: u32 = 275;
const CALL26: u32 = 283;
/// Of the init function in the entry record, and of the length of the name (`spindle_domain::EntryRecord`).
const INIT_AT: u64 = 32;
const NAME_BYTES_AT: usize = 24;
/// Of the first function in the table of names (`spindle_linker::Names`).
const NAMES_ENTRIES_AT: usize = 272;

type Spoil = fn(&mut Payload) -> Result<()>;

/// What is done to an extension that publishes nothing.
const SPOILS: [(&str, Spoil); 47] = [
    ("elf-machine", |it| it.put(18, &62_u16.to_le_bytes())),
    ("elf-executable", |it| it.put(16, &2_u16.to_le_bytes())),
    ("elf-sections", |it| it.put(60, &300_u16.to_le_bytes())),
    ("elf-names", |it| it.put(62, &1_u16.to_le_bytes())),
    ("section-long", |it| it.section(".text")?.set_bytes(1 << 40)),
    ("section-overlap", |it| {
        let text = it.section(".text")?.offset()?;
        it.section(".rodata")?.set_offset(text + 4)
    }),
    ("section-headers", |it| it.section(".rodata")?.set_offset(16)),
    ("section-outside", |it| it.section(".rodata")?.set_offset(1 << 40)),
    ("section-both", |it| it.section(".text")?.set_flags(7)),
    ("section-threads", |it| it.section(".rodata")?.set_flags(0x402)),
    ("section-hidden", |it| it.section(".text")?.set_flags(4)),
    ("section-odd", |it| it.section(".rodata")?.set_align(3)),
    ("section-wide", |it| it.section(".rodata")?.set_align(1 << 20)),
    ("section-fixed", |it| it.section(".text")?.set_address(0x4020_0000)),
    ("section-kind", |it| it.section(".rodata")?.set_kind(14)),
    ("section-zeroed", |it| it.section(".text")?.set_kind(8)),
    ("section-nameless", |it| it.section(".rodata")?.set_name(0xff_ffff)),
    ("section-twice", |it| {
        let note = it.section(".ext.deps")?.name()?;
        it.section(".rodata")?.set_name(note)
    }),
    ("entry-none", |it| {
        let rodata = it.section(".rodata")?.name()?;
        it.section(".ext.entry")?.set_name(rodata)
    }),
    ("entry-magic", |it| it.contents(".ext.entry", 0, &[0])),
    ("entry-version", |it| it.contents(".ext.entry", 8, &[9])),
    ("entry-reserved", |it| it.contents(".ext.entry", 12, &[1])),
    ("entry-name", |it| it.contents(".ext.entry", NAME_BYTES_AT, &(1_u64 << 32).to_le_bytes())),
    ("entry-data", |it| {
        let name = it.record(".rela.ext.entry", |record| record.offset != INIT_AT)?.symbol;
        it.change(".rela.ext.entry", |record| record.offset == INIT_AT, |record| record.symbol = name)
    }),
    ("entry-within", |it| it.change(".rela.ext.entry", |r| r.offset == INIT_AT, |r| r.addend += 2)),
    ("entry-empty", |it| it.change(".rela.ext.entry", |r| r.offset == INIT_AT, |r| r.kind = 0)),
    ("entry-moved", |it| {
        it.change(".rela.ext.entry", |r| r.offset != INIT_AT, |r| r.offset = NAME_BYTES_AT as u64)
    }),
    ("relocation-outside", |it| it.change(".rela.text", |_| true, |r| r.offset = 1 << 20)),
    ("relocation-twice", |it| {
        let first = it.record(".rela.text", |record| record.kind == CALL26)?;
        let later = |record: &super::elf::Record| record.kind == CALL26 && record.offset > first.offset;
        it.change(".rela.text", later, |record| record.offset = first.offset)
    }),
    ("relocation-note", |it| {
        let note = it.section(".ext.deps")?.number()?;
        it.section(".rela.text")?.set_info(note)
    }),
    ("relocation-nowhere", |it| it.section(".rela.text")?.set_info(200)),
    ("relocation-nobody", |it| it.change(".rela.text", |_| true, |r| r.symbol = 0xffff)),
    ("relocation-data", |it| it.change(".rela.ext.entry", |_| true, |r| r.kind = CALL26)),
    ("relocation-other", |it| it.change(".rela.text", |r| r.kind == CALL26, |r| r.kind = ADR_PAGE)),
    ("relocation-between", |it| it.change(".rela.text", |r| r.kind == CALL26, |r| r.offset += 2)),
    ("relocation-torn", |it| it.section(".rela.text")?.set_bytes(25)),
    ("branch-astray", |it| {
        let imports = it.imports()?;
        let is_call = |record: &super::elf::Record| record.kind == CALL26 && imports.contains(&record.symbol);
        it.change(".rela.text", is_call, |record| record.addend = 4)
    }),
    ("symbols-twice", |it| it.section(".strtab")?.set_kind(2)),
    ("symbols-nameless", |it| it.section(".symtab")?.set_link(1)),
    ("symbol-outside", |it| it.define_import(".text", 1 << 30)),
    ("symbol-taken", |it| it.define_import(".text", 0)),
    ("symbol-endless", |it| {
        let strings = it.section(".strtab")?;
        let bytes = strings.bytes()?;
        strings.set_bytes(bytes - 1)
    }),
    ("names-many", |it| it.contents(".ext.names", 8, &u32::MAX.to_le_bytes())),
    ("names-falling", |it| it.contents(".ext.names", NAMES_ENTRIES_AT, &u32::MAX.to_le_bytes())),
    ("note-magic", |it| it.contents(".ext.deps", 0, b"X")),
    ("note-many", |it| it.contents(".ext.deps", 4, &u32::MAX.to_le_bytes())),
    ("note-short", |it| {
        let note = it.section(".ext.deps")?;
        let bytes = note.bytes()?;
        note.set_bytes(bytes - 9)
    }),
];

/// Those for which more than one thing has to be found.
const MORE: [(&str, Spoil); 6] = [
    ("note-long", |it| {
        let count = u32::from(it.byte(".ext.deps", 4)?) - 1;
        it.contents(".ext.deps", 4, &count.to_le_bytes())
    }),
    ("note-kind", |it| it.contents(".ext.deps", 8, &[9])),
    ("entry-writable", |it| it.section(".ext.entry")?.set_flags(3)),
    ("other-compiler", |it| it.replace(b"rustc 1.", b"rustc 9.")),
    ("unknown-interface", |it| it.replace(b"spindle_console", b"spindle_konsole")),
    ("pointer-astray", |it| it.change(".rela.ext.entry", |r| r.kind == ABS64, |r| r.symbol = 0)),
];

/// What is done to an extension that publishes an interface.
const PUBLISHED: [(&str, Spoil); 3] = [
    ("published-unsorted", |it| it.swap_hashes(false)),
    ("published-doubly", |it| it.swap_hashes(true)),
    ("published-faceless", |it| it.clear_published_digest(b"ledger_interface")),
];

/// Each by its name: `good` and `publisher` are payloads.
///
/// # Errors
/// When one hasn't what is to be spoiled.
pub(super) fn all(good: &[u8], publisher: &[u8], key: &SigningKey) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let plain = SPOILS.iter().chain(&MORE).map(|spoil| (good, spoil));
    let all = plain.chain(PUBLISHED.iter().map(|spoil| (publisher, spoil)));
    all.map(|(payload, (name, spoil))| {
        let mut payload = Payload(payload.to_vec());
        spoil(&mut payload).with_context(|| format!("`{name}` can't be made"))?;
        Ok((*name, sign::sign(&payload.0, key)))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{MORE, PUBLISHED, SPOILS};
    use spindle_harness::cases::refusals::SPOILED;
    use std::collections::BTreeSet;

    #[test]
    fn the_harness_expects_each_of_them_and_no_other() {
        let made = SPOILS.iter().chain(&MORE).chain(&PUBLISHED).map(|(name, _)| *name);
        let expected = SPOILED.iter().map(|(name, _, _)| *name);
        assert_eq!(made.collect::<BTreeSet<_>>(), expected.collect::<BTreeSet<_>>());
    }
}
