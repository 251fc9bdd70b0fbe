//! The verb `sdk`: writes the folder that extensions are built against, from one build of the kernel.
//!
//! What is in it, and how it is read, is said in `spindle::sdk`. A file that would not change is left as it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use spindle::sdk::{Entry, FORMAT, Manifest, put};

use crate::surface::Surface;
use crate::{build, flags, new, repository};

/// How an extension's sections are put together.
const SCRIPT: &str = include_str!("../sdk/extension.ld");

/// Options of `./x sdk`.
#[derive(clap::Args)]
pub(crate) struct Sdk {}

impl Sdk {
    /// Runs the verb.
    ///
    /// # Errors
    /// When the kernel can't be built or the folder not written.
    pub(crate) fn run(self) -> Result<ExitCode> {
        build::kernel()?;
        println!("{}", folder().display());
        Ok(ExitCode::SUCCESS)
    }
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
    let metadata = folder.join("metadata");
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
    put(&folder.join("reviewed.toml"), &fs::read(repository::root().join("extensions/reviewed.toml"))?)?;
    for (path, text) in new::TEMPLATE {
        let path = folder.join("template").join(path);
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
