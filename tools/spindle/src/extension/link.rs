//! Links an extension's crates and its note into one relocatable object.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use object::write::Object;
use object::{Architecture, BinaryFormat, Endianness};
use spindle_linker::export::fnv1a64;
use spindle_linker::note::{self, NoteWriter};
use spindle_linker::{FRAMES, NAMES};

use crate::compile::Compiled;
use crate::extension::Package;
use crate::extension::crates::Crates;
use crate::extension::interfaces::Interfaces;
use crate::extension::publish::Own;
use crate::sdk::Opened;
use crate::tools::Linker;
use crate::{frames, names, process, section};

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
    let (note, roots) = (file("note.o"), file("roots"));
    let (framed, named) = (file("frames.o"), file("names.o"));
    fs::write(&note, object_of(note::SECTION, &note_of(parts, &sdk.manifest.rustc)?)?)?;
    // Nothing of the extension may refer to what others will; a file, because there can be thousands.
    let exports = parts.own.iter().flat_map(|found| &found.published.exports);
    fs::write(&roots, exports.map(|name| format!("-u {name}\n")).collect::<String>())?;
    let alloc = sdk.alloc()?;
    let run = |script: &str, options: &[&str], linked: &Path| -> Result<Vec<u8>> {
        let mut command = Linker::find(&sdk.folder)?.command();
        command.args(["--gc-sections", "--build-id=none", "--strip-debug"]).args(options);
        command.arg("-T").arg(sdk.folder.join(script)).arg(format!("@{}", roots.display()));
        inputs(&mut command, parts, &alloc)?;
        process::run(command.arg(&note).arg(&framed).arg(&named).arg("-o").arg(linked))?;
        fs::read(linked).with_context(|| format!("can't read {}", linked.display()))
    };
    // The linker drops tables of frames from an object that is to be linked again. So it is linked twice, the first time as if this
    // were the last one, for the sake of the tables: code lies at the same places.
    fs::write(&framed, object_of(FRAMES, &[])?)?;
    fs::write(&named, object_of(NAMES, &[])?)?;
    let last = ["-static", "--entry=0", "--unresolved-symbols=ignore-all", "--no-check-sections"];
    let whole = run("frames.ld", &last, &file("elf"))?;
    let table = frames::of_extension(&whole).context("the compiler's tables of frames")?;
    fs::write(&framed, object_of(FRAMES, &table)?)?;
    fs::write(&named, object_of(NAMES, &names::of_extension(&whole)?)?)?;
    // Names that nothing refers to are a third of the file, and the kernel hashes all of it.
    let linked = run("extension.ld", &["-r", "--fatal-warnings", "--discard-all"], &file("o"))?;
    frames::check_same_text(&whole, &linked)?;
    Ok(linked)
}

/// What is linked, but for the note and the tables of frames and names. Of `alloc`, what is needed.
fn inputs(command: &mut Command, parts: &Parts<'_>, alloc: &Path) -> Result<()> {
    let Some((own, private)) = parts.crates.all.split_last() else { bail!("cargo made nothing of it") };
    command.arg("--whole-archive").arg(library(own)?);
    for found in parts.own {
        command.arg(&found.library);
    }
    command.arg("--no-whole-archive");
    for found in private {
        command.arg(library(found)?);
    }
    command.arg(alloc);
    Ok(())
}

fn library(found: &Compiled) -> Result<&Path> {
    found.file("rlib").with_context(|| format!("cargo made no library of {}", found.name))
}

/// The note.
fn note_of(parts: &Parts<'_>, compiler: &str) -> Result<Vec<u8>> {
    let mut note = NoteWriter::for_extension(&parts.package.manifest.name, compiler);
    for (name, digest) in parts.imported.digests()? {
        note = note.interface(name, &digest.into());
    }
    for Own { published, .. } in parts.own {
        let mut hashes: Vec<u64> = published.exports.iter().map(|name| fnv1a64(name.as_bytes())).collect();
        hashes.sort_unstable();
        note = note.published(&published.name, &published.digest.into(), &hashes);
    }
    note.finish().map_err(|error| anyhow!("its note can't be written: {error}"))
}

/// An object with one section.
fn object_of(name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Aarch64, Endianness::Little);
    let section = section::read_only(&mut object, name);
    object.append_section_data(section, bytes, 1);
    Ok(object.write()?)
}
