//! Libraries: which symbols the objects in an archive define.

use std::path::Path;

use anyhow::{Context, Result};
use object::read::archive::ArchiveFile;
use object::{Object as _, ObjectSymbol as _, SymbolFlags, elf};

/// Calls `found` with the name of each symbol that an object in `archive` defines for others, and with whether it is
/// reachable: GLOBAL with DEFAULT visibility, which is how rustc marks what other crates can name.
///
/// # Errors
/// When the archive can't be read.
pub fn defined(archive: &Path, mut found: impl FnMut(&str, bool)) -> Result<()> {
    let bytes = std::fs::read(archive).with_context(|| format!("can't read {}", archive.display()))?;
    let file = ArchiveFile::parse(&*bytes).with_context(|| format!("{} is no archive", archive.display()))?;
    for member in file.members() {
        let member = member?;
        let data = member.data(&*bytes)?;
        // An rlib also holds the crate's metadata; its symbols are no code.
        if member.name() == b"lib.rmeta" || !data.starts_with(&elf::ELFMAG) {
            continue;
        }
        for symbol in object::File::parse(data)?.symbols() {
            if symbol.is_definition() && symbol.is_global() {
                let is_reachable = matches!(symbol.flags(), SymbolFlags::Elf { st_info, st_other }
                    if st_info.st_bind() == elf::STB_GLOBAL && st_other.visibility() == elf::STV_DEFAULT);
                found(symbol.name()?, is_reachable);
            }
        }
    }
    Ok(())
}
