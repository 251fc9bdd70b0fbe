//! Links an extension's crates and its note into one relocatable object.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use object::write::Object;
use object::{Architecture, BinaryFormat, Endianness};
use spindle_linker::export::fnv1a64;
use spindle_linker::note::{self, NoteWriter};

use crate::compile::Compiled;
use crate::extension::Package;
use crate::extension::crates::Crates;
use crate::extension::interfaces::Interfaces;
use crate::extension::publish::Own;
use crate::sdk::Opened;
use crate::tools::Linker;
use crate::{process, section};

/// What an object is made of.
pub struct Parts<'a> {
    /// The extension.
    pub package: &'a Package<'a>,
    /// Its crates.
    pub crates: &'a Crates,
    /// The crates that it publishes.
    pub own: &'a [Own<'a>],
    /// The interfaces that it is linked to.
    pub imported: &'a Interfaces<'a>,
}

/// The bytes of the object; what leads to it lies in `folder`. Only what the entry record reaches is in it, and the published
/// crates, which are there whole.
///
/// # Errors
/// When the linker refuses.
pub fn link(parts: &Parts<'_>, sdk: &Opened, folder: &Path) -> Result<Vec<u8>> {
    let file = |suffix: &str| folder.join(format!("{}.{suffix}", parts.package.manifest.name));
    let (note, roots, linked) = (file("note.o"), file("roots"), file("o"));
    fs::write(&note, note_object(parts, &sdk.manifest.rustc)?)?;
    let Some((own, private)) = parts.crates.all.split_last() else { bail!("cargo made nothing of it") };
    let mut command = Linker::find(&sdk.folder)?.command();
    command.args(["-r", "--gc-sections", "--fatal-warnings", "--build-id=none"]);
    // Names that nothing refers to are a third of the file, and the kernel hashes all of it.
    command.args(["--discard-all", "--strip-debug"]);
    command.arg("-T").arg(sdk.folder.join("extension.ld"));
    // Nothing of the extension may refer to what others will; a file, because there can be thousands.
    let exports = parts.own.iter().flat_map(|found| &found.published.exports);
    fs::write(&roots, exports.map(|name| format!("-u {name}\n")).collect::<String>())?;
    command.arg(format!("@{}", roots.display()));
    command.arg("--whole-archive").arg(library(own)?);
    for found in parts.own {
        command.arg(&found.library);
    }
    command.arg("--no-whole-archive");
    for found in private {
        command.arg(library(found)?);
    }
    process::run(command.arg(&note).arg("-o").arg(&linked))?;
    fs::read(&linked).with_context(|| format!("can't read {}", linked.display()))
}

fn library(found: &Compiled) -> Result<&Path> {
    found.file("rlib").with_context(|| format!("cargo made no library of {}", found.name))
}

/// An object with the note alone.
fn note_object(parts: &Parts<'_>, compiler: &str) -> Result<Vec<u8>> {
    let mut note = NoteWriter::for_extension(&parts.package.manifest.name, compiler);
    for (name, digest) in parts.imported.digests()? {
        note = note.interface(name, &digest.into());
    }
    for Own { published, .. } in parts.own {
        let mut hashes: Vec<u64> = published.exports.iter().map(|name| fnv1a64(name.as_bytes())).collect();
        hashes.sort_unstable();
        note = note.published(&published.name, &published.digest.into(), &hashes);
    }
    let note = note.finish().map_err(|error| anyhow!("its note can't be written: {error}"))?;
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Aarch64, Endianness::Little);
    let section = section::read_only(&mut object, note::SECTION);
    object.append_section_data(section, &note, 1);
    Ok(object.write()?)
}
