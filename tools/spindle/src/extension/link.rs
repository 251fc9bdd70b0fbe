//! Links an extension's crates and its note into one relocatable object.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use object::write::Object;
use object::{Architecture, BinaryFormat, Endianness};
use spindle_linker::note::{self, NoteWriter};

use crate::compile::Compiled;
use crate::digest::Digest;
use crate::extension::Extension;
use crate::extension::crates::Crates;
use crate::sdk::Opened;
use crate::tools::Linker;
use crate::{process, section};

/// The bytes of the object; what leads to it lies in `folder`. Only what the entry record reaches is in it.
///
/// # Errors
/// When the linker refuses.
pub fn link(extension: &Extension<'_>, crates: &Crates, sdk: &Opened, folder: &Path) -> Result<Vec<u8>> {
    let file = |suffix: &str| folder.join(format!("{}.{suffix}", extension.manifest.name));
    let (note, linked) = (file("note.o"), file("o"));
    fs::write(&note, note_object(extension, &sdk.manifest.rustc)?)?;
    let Some((own, private)) = crates.all.split_last() else { bail!("cargo made nothing of it") };
    let mut command = Linker::find()?.command();
    command.args(["-r", "--gc-sections", "--fatal-warnings", "--build-id=none"]);
    // Names that nothing refers to are a third of the file, and the kernel hashes all of it.
    command.args(["--discard-all", "--strip-debug"]);
    command.arg("-T").arg(sdk.folder.join("extension.ld"));
    command.arg("--whole-archive").arg(library(own)?).arg("--no-whole-archive");
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
fn note_object(extension: &Extension<'_>, compiler: &str) -> Result<Vec<u8>> {
    let mut note = NoteWriter::for_extension(&extension.manifest.name, compiler);
    for entry in extension.closure {
        let digest = Digest::parse(entry.sha256.as_deref().unwrap_or_default())?;
        note = note.interface(&entry.name, &digest.into());
    }
    let note = note.finish().map_err(|error| anyhow!("its note can't be written: {error}"))?;
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Aarch64, Endianness::Little);
    let section = section::read_only(&mut object, note::SECTION);
    object.append_section_data(section, &note, 1);
    Ok(object.write()?)
}
