//! The SDK: one folder with all that an extension is built against, and the verb `sdk` that writes it.
//!
//! | file            | content                                                                                       |
//! |-----------------|-----------------------------------------------------------------------------------------------|
//! | `manifest.toml` | compiler, flags, profile, and each crate with the digest of its metadata                      |
//! | `exports.txt`   | a line per exported symbol: home crate, mangled name                                          |
//! | `metadata/`     | `.rmeta` files of the interface crates and of all they are built on                           |
//! | `extension.ld`  | how an extension's sections are put together                                                  |
//! | `reviewed.toml` | crates that were read by hand and may hold what the audit rejects                              |
//! | `template/`     | what `./x new` copies                                                                         |
//!
//! An extension sees the kernel through this folder only. It holds no source of the kernel and no path of the machine that
//! made it. A file that would not change is left as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::surface::Surface;
use crate::{build, flags, new, repository};

/// How an extension's sections are put together.
const SCRIPT: &str = include_str!("../sdk/extension.ld");

/// Version of the folder's layout.
const FORMAT: u32 = 1;

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

/// `manifest.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    format: u32,
    /// Target triple.
    pub(crate) target: String,
    /// The compiler's version, as notes carry it.
    pub(crate) rustc: String,
    /// All that the compiler says of itself.
    pub(crate) rustc_verbose: String,
    /// Flags of every crate.
    pub(crate) rustflags: Vec<String>,
    /// Profile of every crate.
    pub(crate) profile: flags::Profile,
    /// Crates in the kernel's order.
    #[serde(rename = "crate")]
    pub(crate) crates: Vec<Entry>,
}

/// A crate of the SDK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Name, with underscores.
    pub(crate) name: String,
    /// Version of its package.
    pub(crate) version: String,
    /// Whether an extension may name it.
    pub(crate) interface: bool,
    /// Its file in `metadata/`; the compiler's own crates have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    /// SHA-256 of that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
    /// Crates it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) needs: Vec<String>,
}

/// An SDK that was opened.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// What it says of itself.
    pub(crate) manifest: Manifest,
    /// Exported symbols, each with the name of its home crate.
    pub(crate) exports: BTreeMap<String, String>,
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

/// Writes a file, unless it holds these bytes already.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).with_context(|| format!("can't write {}", path.display()))
}

impl Opened {
    /// Opens the SDK in `folder` and checks that its files are those that it was made with.
    ///
    /// # Errors
    /// When there is none, or a file of it was changed.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("manifest.toml");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("no SDK in {}: `./x sdk` makes one", folder.display()))?;
        let manifest: Manifest =
            toml::from_str(&text).with_context(|| format!("{} can't be read", path.display()))?;
        if manifest.format != FORMAT {
            bail!("{} is of format {}, this tool reads {FORMAT}", path.display(), manifest.format);
        }
        for entry in &manifest.crates {
            if let (Some(file), Some(sha256)) = (&entry.file, &entry.sha256) {
                let path = folder.join("metadata").join(file);
                if Digest::of_file(&path)? != Digest::parse(sha256)? {
                    bail!("{} isn't the file that the SDK was made with: make the SDK again", path.display());
                }
            }
        }
        let text = fs::read_to_string(folder.join("exports.txt")).context("the SDK lacks exports.txt")?;
        let pairs = text.lines().filter_map(|line| line.split_once(' '));
        let exports = pairs.map(|(home, name)| (name.to_owned(), home.to_owned())).collect();
        Ok(Self { folder: folder.to_owned(), manifest, exports })
    }

    /// The crate called `name`; `-` and `_` are the same.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        let name = name.replace('-', "_");
        self.manifest.crates.iter().find(|entry| entry.name == name)
    }

    /// The crates in `interfaces` and all they are built on, in the kernel's order.
    ///
    /// # Errors
    /// When one of them is no interface.
    pub(crate) fn closure(&self, interfaces: &[String]) -> Result<Vec<&Entry>> {
        let mut open = Vec::new();
        for name in interfaces {
            let entry = self.entry(name).filter(|entry| entry.interface).ok_or_else(|| {
                let there: Vec<&str> = self
                    .manifest
                    .crates
                    .iter()
                    .filter(|entry| entry.interface)
                    .map(|entry| &*entry.name)
                    .collect();
                anyhow!("there is no interface `{name}`; there are {}", there.join(", "))
            })?;
            open.push(entry);
        }
        let mut names = BTreeSet::new();
        while let Some(entry) = open.pop() {
            if names.insert(&entry.name) {
                open.extend(entry.needs.iter().filter_map(|need| self.entry(need)));
            }
        }
        Ok(self.manifest.crates.iter().filter(|entry| names.contains(&entry.name)).collect())
    }
}
