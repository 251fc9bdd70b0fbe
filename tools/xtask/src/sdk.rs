//! The verb `sdk`: writes the folder that extensions are built against, from one build of the kernel.
//!
//! What is in it, and how it is read, is said in `spindle::sdk`. A file that would not change is left as it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use spindle::sdk::{Entry, FORMAT, METADATA, Manifest, put};
use spindle::{process, template};

use crate::keys::Trust;
use crate::surface::Surface;
use crate::{build, flags, new, repository};

/// How an extension's sections are put together.
const SCRIPT: &str = include_str!("../sdk/extension.ld");
const FRAMES: &str = include_str!("../sdk/frames.ld");

/// The guide for authors, from the repository's root.
pub(crate) const GUIDE: &str = "docs/guide/write-an-extension.md";

/// Name of the author's tool.
const TOOL: &str = "spindle";

/// Options of `./x sdk`.
#[derive(clap::Args)]
pub(crate) struct Sdk {
    /// Where to write it [default: out/sdk].
    folder: Option<PathBuf>,
}

impl Sdk {
    /// Runs the verb.
    ///
    /// # Errors
    /// When the kernel can't be built or the folder not written.
    pub(crate) fn run(self) -> Result<ExitCode> {
        build::kernel(&Trust::default())?;
        let to = self.folder.unwrap_or_else(folder);
        complete(&to)?;
        println!("{} is there: its guide.md says how to use it, {TOOL} in it is the tool", to.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes the SDK of this checkout into `to` as an author gets it: with the tool. The kernel has to be built.
///
/// # Errors
/// When there is something else in `to`, the tool can't be built, or a file not written.
pub(crate) fn complete(to: &Path) -> Result<()> {
    let tool = tool()?;
    if to != folder() {
        let is_free = to.read_dir().map_or(true, |mut entries| entries.next().is_none());
        if !is_free && Manifest::read(to).is_err() {
            bail!("{} holds something else: name an empty folder, or one with an SDK", to.display());
        }
        if to.join(METADATA).exists() {
            // What an earlier SDK left would be found by rustc beside the new.
            fs::remove_dir_all(to.join(METADATA))?;
        }
        copy(&folder(), to)?;
    }
    fs::copy(&tool, to.join(TOOL)).with_context(|| format!("can't write {TOOL} into {}", to.display()))?;
    Ok(())
}

/// The author's tool, built for this host. It carries no path of this machine, and no symbols.
///
/// # Errors
/// When it can't be built.
pub(crate) fn tool() -> Result<PathBuf> {
    let target = repository::root().join("target/tool");
    let mut command = flags::cargo(&flags::host());
    command.current_dir(repository::root()).args(["build", "--quiet", "--package", TOOL, "--bin", TOOL]);
    command.args(["--config", "profile.dev.strip=\"symbols\"", "--target-dir"]).arg(&target);
    process::run(&mut command)?;
    Ok(target.join("debug").join(TOOL))
}

/// Copies all that is in `from`.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("can't make {}", to.display()))?;
    for entry in from.read_dir().with_context(|| format!("can't read {}", from.display()))? {
        let path = entry?.path();
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &to)?;
        } else {
            put(&to, &fs::read(&path)?)?;
        }
    }
    Ok(())
}

/// Where the SDK of this checkout is.
pub(crate) fn folder() -> PathBuf {
    repository::out().join("sdk")
}

/// Writes the SDK of `surface` into `folder`.
///
/// # Errors
/// When a file can't be read or written.
pub(crate) fn write(surface: &Surface, folder: &Path) -> Result<()> {
    let metadata = folder.join(METADATA);
    fs::create_dir_all(&metadata).with_context(|| format!("can't make {}", metadata.display()))?;
    let mut kept = BTreeSet::new();
    let mut crates = Vec::new();
    for found in &surface.crates {
        let mut file = None;
        if let Some(path) = &found.metadata {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            put(&metadata.join(&name), &fs::read(path)?)?;
            kept.insert(name.clone());
            file = Some(name);
        }
        crates.push(Entry {
            name: found.name.clone(),
            version: found.version.clone(),
            interface: found.is_interface,
            sha256: file.as_ref().map(|_| found.digest.to_string()),
            file,
            needs: found.needs.clone(),
        });
    }
    // What an earlier build left would be found by rustc beside the new.
    for entry in metadata.read_dir()? {
        let entry = entry?;
        if !kept.contains(&*entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    let mut exports: Vec<String> = Vec::new();
    for export in &surface.exports {
        exports.push(format!("{} {}\n", surface.crates[export.home].name, export.name));
    }
    exports.sort();
    put(&folder.join("exports.txt"), exports.concat().as_bytes())?;
    put(&folder.join("extension.ld"), SCRIPT.as_bytes())?;
    put(&folder.join("frames.ld"), FRAMES.as_bytes())?;
    put(&folder.join("reviewed.toml"), &fs::read(repository::root().join("extensions/reviewed.toml"))?)?;
    put(&folder.join("guide.md"), &fs::read(repository::root().join(GUIDE))?)?;
    for (path, text) in new::TEMPLATE {
        let path = folder.join(template::FOLDER).join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        put(&path, text.as_bytes())?;
    }
    let (rustc, rustc_verbose) = flags::rustc_version()?;
    let manifest = Manifest {
        format: FORMAT,
        target: flags::TARGET.to_owned(),
        rustc,
        rustc_verbose,
        rustflags: flags::common(),
        profile: flags::profile()?,
        crates,
    };
    put(&folder.join("manifest.toml"), toml::to_string(&manifest)?.as_bytes())
}
