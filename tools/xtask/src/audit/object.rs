//! The audit of an extension's object: what it defines, what it imports, how it is to be relocated.
//!
//! The kernel checks all of this again. Here the author learns it before anything is loaded, in the author's words.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, RelocationFlags, SectionFlags, elf};

use crate::sdk::Opened;

/// Sections that the kernel loads or reads.
const SECTIONS: [&str; 6] = [".text", ".rodata", ".data", ".bss", ".ext.entry", ".ext.deps"];

/// Relocations that the kernel can do (ELF for the Arm 64-bit Architecture, 5.7).
const RELOCATIONS: [elf::RelocationType; 13] = [
    elf::R_AARCH64_ABS64,
    elf::R_AARCH64_ABS32,
    elf::R_AARCH64_PREL64,
    elf::R_AARCH64_PREL32,
    elf::R_AARCH64_ADR_PREL_PG_HI21,
    elf::R_AARCH64_ADD_ABS_LO12_NC,
    elf::R_AARCH64_LDST8_ABS_LO12_NC,
    elf::R_AARCH64_JUMP26,
    elf::R_AARCH64_CALL26,
    elf::R_AARCH64_LDST16_ABS_LO12_NC,
    elf::R_AARCH64_LDST32_ABS_LO12_NC,
    elf::R_AARCH64_LDST64_ABS_LO12_NC,
    elf::R_AARCH64_LDST128_ABS_LO12_NC,
];

/// What the object of one extension may be made of.
pub(crate) struct Allowed<'a> {
    /// The kernel it is built for.
    pub(crate) sdk: &'a Opened,
    /// Names of the crates that it may import from.
    pub(crate) imports: BTreeSet<&'a str>,
    /// Names of its own crates.
    pub(crate) own: BTreeSet<&'a str>,
}

/// Checks the object in `bytes`.
///
/// # Errors
/// All that is wrong with it, a line each.
pub(crate) fn check(bytes: &[u8], allowed: &Allowed<'_>) -> Result<()> {
    let file = object::File::parse(bytes)?;
    let mut wrong = Vec::new();
    for section in file.sections() {
        check_section(&section, &mut wrong)?;
    }
    if file.section_by_name(".ext.entry").is_none_or(|section| section.size() == 0) {
        wrong.push("there is no entry: say `extension! { name: \"...\", init: init }` once".to_owned());
    }
    for symbol in file.symbols().filter(object::ObjectSymbol::is_global) {
        let name = symbol.name()?;
        let found = if symbol.is_undefined() { import(name, allowed) } else { definition(name, allowed) };
        wrong.extend(found);
    }
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("\n  ")) }
}

fn check_section(section: &object::Section<'_, '_>, wrong: &mut Vec<String>) -> Result<()> {
    let name = section.name()?;
    let is_loaded = matches!(section.flags(),
        SectionFlags::Elf { sh_flags, .. } if sh_flags.contains(elf::SHF_ALLOC));
    if is_loaded && !SECTIONS.contains(&name) {
        wrong.push(format!("section `{name}` is none of {}", SECTIONS.join(" ")));
    }
    for (offset, relocation) in section.relocations() {
        if let RelocationFlags::Elf { r_type } = relocation.flags()
            && !RELOCATIONS.contains(&r_type)
        {
            wrong.push(format!(
                "section `{name}` has a relocation of unknown type {} at {offset:#x}",
                r_type.0
            ));
        }
    }
    Ok(())
}

/// What is wrong with importing `name`.
fn import(name: &str, allowed: &Allowed<'_>) -> Option<String> {
    if name.is_empty() {
        return None; // the first entry of every symbol table
    }
    match allowed.sdk.exports.get(name) {
        None => Some(format!("`{}` is needed, but the kernel exports no such symbol", plain(name))),
        Some(home) if !allowed.imports.contains(&**home) => Some(format!(
            "`{}` is needed, which belongs to `{home}`: name that crate in `interfaces`, and ask to be granted it",
            plain(name)
        )),
        Some(_) => None,
    }
}

/// What is wrong with defining `name`.
fn definition(name: &str, allowed: &Allowed<'_>) -> Option<String> {
    if allowed.sdk.exports.contains_key(name) {
        return Some(format!("`{}` is defined, which the kernel exports", plain(name)));
    }
    let full = format!("{}", rustc_demangle::demangle(name));
    let is_own = crates(&full).any(|(krate, id)| {
        let kernels = allowed.sdk.manifest.crates.iter().any(|entry| entry.name == krate);
        allowed.own.contains(krate) && !(kernels && kernel_has(allowed.sdk, krate, id))
    });
    (!name.starts_with("_R") || !is_own || full.contains("__rustc["))
        .then(|| format!("`{}` is defined, which belongs to none of the extension's crates", plain(name)))
}

/// Whether the kernel's crate `krate` has the identity `id`.
fn kernel_has(sdk: &Opened, krate: &str, id: &str) -> bool {
    let of_crate = sdk.exports.iter().filter(|(_, home)| *home == krate);
    of_crate
        .map(|(name, _)| format!("{}", rustc_demangle::demangle(name)))
        .any(|full| crates(&full).any(|found| found == (krate, id)))
}

/// The crates that a name with identities (`krate[0123abcd]::path`) speaks of.
fn crates(full: &str) -> impl Iterator<Item = (&str, &str)> {
    full.match_indices('[').filter_map(|(at, _)| {
        let (before, after) = full.split_at(at);
        let (id, rest) = after[1..].split_once(']')?;
        let is_id =
            rest.starts_with("::") && !id.is_empty() && id.chars().all(|digit| digit.is_ascii_hexdigit());
        let start =
            before.rfind(|letter: char| !letter.is_alphanumeric() && letter != '_').map_or(0, |end| end + 1);
        is_id.then_some((&before[start..], id))
    })
}

fn plain(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

#[cfg(test)]
mod tests {
    use super::crates;

    #[test]
    fn crates_are_read_out_of_a_full_name() {
        let full = "<a[12ab]::T as core[f0]::Trait<[u8; 4]>>::m::<other_one[9]::U>";
        assert_eq!(crates(full).collect::<Vec<_>>(), [("a", "12ab"), ("core", "f0"), ("other_one", "9")]);
        assert_eq!(crates("memcpy").count(), 0);
    }
}
