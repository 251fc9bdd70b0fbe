//! Makes a kernel image: a static library by cargo, the tables of `symbols`, two links, a flat file.
//!
//! The second link differs from the first only by the names of functions, which can be known only after the first. They lie
//! behind all code, so no function moves; that is checked. The kernel is linked at a fixed address and loaded anywhere, so
//! the flat file is simply its loadable segments, one behind the other as they lie in memory.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use object::{Object as _, ObjectSegment as _, ObjectSymbol as _};
use spindle::compile::{self, Compiled};
use spindle::keys::Known;
use spindle::process;
use spindle::stamp::Stamp;
use spindle::tools::Linker;
use spindle::{frames, names};

use crate::surface::Surface;
use crate::{flags, keys, repository, symbols};

/// The package that is the kernel.
pub(crate) const PACKAGE: &str = "spindle-image";

/// Where the linker script is.
const SCRIPT: &str = "kernel/image/kernel.ld";

/// The symbol that stands at the first byte of the image.
const BASE: &str = "__image_start";

/// Which kernel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// The one that ships.
    Shipped,
    /// The same, which also asks whether the rules of preemption are kept.
    Checked,
}

/// The word of the compiler's environment that has the rules asked for.
const CHECKS: &str = "SPINDLE_CHECKS";

/// What cargo made of a kernel.
pub(crate) struct Parts {
    /// All its crates.
    pub(crate) compiled: Vec<Compiled>,
    /// All of them, and the compiler's own, in one static library.
    pub(crate) archive: PathBuf,
}

/// Compiles `package`, a library crate that starts a kernel, and all it is made of.
///
/// # Errors
/// When the compiler refuses.
pub(crate) fn compile(package: &str, variant: Variant) -> Result<Parts> {
    let mut command = flags::cargo(&flags::kernel());
    match variant {
        Variant::Shipped => command.env_remove(CHECKS),
        // In a folder of its own, so that neither is built anew for the other.
        Variant::Checked => {
            command.env(CHECKS, "1").env("CARGO_TARGET_DIR", repository::root().join("target/checked"))
        }
    };
    command.current_dir(repository::root());
    command.args(["rustc", "--quiet", "--release", "--lib", "--crate-type", "staticlib"]);
    command.args(["--package", package, "--target", flags::TARGET]);
    let compiled = compile::run(command)?;
    let archive = compiled.iter().rev().find_map(|found| found.file("a"));
    let archive = archive.ok_or_else(|| anyhow!("cargo made no static library of {package}"))?.to_owned();
    Ok(Parts { compiled, archive })
}

/// All that an image is made of.
///
/// # Errors
/// When a part can't be looked at.
pub(crate) fn stamp(parts: &Parts, known: &[Known], image: &Path) -> Result<Stamp> {
    let mut stamp = Stamp::new(image)?;
    for path in parts.compiled.iter().flat_map(|found| &found.files) {
        stamp.built(path)?;
    }
    stamp.written(&repository::root().join(SCRIPT))?;
    for key in known {
        stamp.value(&format!("key {}", key.name), &key.to_string());
    }
    Ok(stamp)
}

/// Links `archive` with the tables of `surface` and the keys that it is to know into `image`, and an ELF file with all symbols beside it.
///
/// # Errors
/// When the linker refuses, or the second link moved a function.
pub(crate) fn link(surface: &Surface, archive: &Path, known: &[Known], image: &Path) -> Result<()> {
    let linker = Linker::find(repository::root())?;
    let folder = repository::out().join("kernel");
    fs::create_dir_all(&folder).with_context(|| format!("can't make {}", folder.display()))?;
    let file = |suffix: &str| folder.join(image.with_extension(suffix).file_name().unwrap_or_default());
    let (object, first, elf) = (file("tables.o"), file("unnamed.elf"), image.with_extension("elf"));
    let dependencies = surface.note()?;
    let keys = keys::table(known)?;
    let once = |frames: &[u8], names: &[u8], elf: &Path| -> Result<(Vec<u8>, u64)> {
        fs::write(&object, symbols::tables(&surface.exports, &dependencies, &keys, frames, names)?)?;
        let mut command = linker.command();
        command.args([
            "-static",
            "--gc-sections",
            // Much of what is compiled for each type of event is the same to the byte. No address of a function is compared.
            "--icf=all",
            "--build-id=none",
            "--fatal-warnings",
            "-z",
            "max-page-size=4096",
        ]);
        command.arg("-T").arg(repository::root().join(SCRIPT)).arg(archive).arg(&object);
        // rustc leaves a crate out of the archive that no code of the kernel names; extensions may name it all the same.
        command.args(surface.crates.iter().map(|found| &found.library)).arg("-o").arg(elf);
        process::run(&mut command)?;
        let bytes = fs::read(elf)?;
        let base = base(&bytes)?;
        Ok((bytes, base))
    };
    let (unnamed, base) = once(&[], &[], &first)?;
    let names_table = names::of_image(&unnamed, base)?;
    let frames = frames::of_image(&unnamed, base)?;
    let (bytes, base) = once(&frames, &names_table, &elf)?;
    if names::of_image(&bytes, base)? != names_table {
        bail!("{SCRIPT} lets functions move when .kframes and .knames grow: put them behind all code");
    }
    fs::write(image, flat(&bytes)?).with_context(|| format!("can't write {}", image.display()))
}

fn base(elf: &[u8]) -> Result<u64> {
    let file = object::File::parse(elf)?;
    let symbol = file.symbols().find(|symbol| symbol.name() == Ok(BASE));
    Ok(symbol.with_context(|| format!("{SCRIPT} defines no {BASE}"))?.address())
}

/// The loadable segments as they lie in memory, without what is zero at the end.
fn flat(elf: &[u8]) -> Result<Vec<u8>> {
    let file = object::File::parse(elf)?;
    let base = base(elf)?;
    let mut image = Vec::new();
    for segment in file.segments() {
        let data = segment.data()?;
        if data.is_empty() {
            continue;
        }
        let start =
            segment.address().checked_sub(base).with_context(|| format!("a segment lies before {BASE}"))?;
        let start = usize::try_from(start)?;
        if start < image.len() {
            bail!("two segments overlap at offset {start:#x} of the image");
        }
        image.resize(start, 0);
        image.extend_from_slice(data);
    }
    if image.get(56..60) != Some(b"ARM\x64".as_slice()) {
        bail!("the image doesn't begin with an arm64 Image header: is section .head there, and first?");
    }
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::flat;

    #[test]
    fn an_object_without_a_base_is_no_image() {
        let object = crate::symbols::tables(&[], b"", b"", b"", b"").expect("encodes");
        let refused = flat(&object).expect_err("has no base").to_string();
        assert!(refused.contains("__image_start"), "{refused}");
    }
}
