//! The SDK: one folder with all that an extension is built against.
//!
//! | file            | content                                                                                       |
//! |-----------------|-----------------------------------------------------------------------------------------------|
//! | `manifest.toml` | compiler, flags, profile, and each crate with the digest of its metadata                      |
//! | `exports.txt`   | a line per exported symbol: home crate, mangled name                                          |
//! | `metadata/`     | `.rmeta` files of the interface crates and of all they are built on                           |
//! | `extension.ld`  | how an extension's sections are put together                                                  |
//! | `frames.ld`     | the same, with what the compiler says of frames                                               |
//! | `reviewed.toml` | crates that were read by hand and may hold what the audit rejects                              |
//! | `template/`     | what `new` copies                                                                             |
//! | `guide.md`      | how to write an extension                                                                     |
//! | `spindle`       | the tool, where the SDK was written for authors                                               |
//!
//! An extension sees the kernel through this folder only. It holds no source of the kernel and no path of the machine that
//! made it. A file that would not change is left as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::flags;

/// Where the metadata is.
pub const METADATA: &str = "metadata";

/// Version of the folder's layout.
pub const FORMAT: u32 = 1;

/// `manifest.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the layout, [`FORMAT`].
    pub format: u32,
    /// Target triple.
    pub target: String,
    /// The compiler's version, as notes carry it.
    pub rustc: String,
    /// All that the compiler says of itself.
    pub rustc_verbose: String,
    /// Flags of every crate.
    pub rustflags: Vec<String>,
    /// Profile of every crate.
    pub profile: flags::Profile,
    /// Crates in the kernel's order.
    #[serde(rename = "crate")]
    pub crates: Vec<Entry>,
}

impl Manifest {
    /// That of the SDK in `folder`.
    ///
    /// # Errors
    /// When there is none, or it is of another format.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("manifest.toml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("there is no SDK in {}", folder.display()))?;
        let manifest: Self =
            toml::from_str(&text).with_context(|| format!("{} can't be read", path.display()))?;
        if manifest.format != FORMAT {
            bail!("{} is of format {}, this tool reads {FORMAT}", path.display(), manifest.format);
        }
        Ok(manifest)
    }
}

/// A crate of the SDK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Name, with underscores.
    pub name: String,
    /// Version of its package.
    pub version: String,
    /// Whether an extension may name it.
    pub interface: bool,
    /// Its file in `metadata/`; the compiler's own crates have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// SHA-256 of that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Crates it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

/// An SDK that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The folder.
    pub folder: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Exported symbols, each with the name of its home crate.
    pub exports: BTreeMap<String, String>,
}

/// Writes a file, unless it holds these bytes already.
pub fn put(path: &Path, bytes: &[u8]) -> Result<()> {
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
    pub fn open(folder: &Path) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        for entry in &manifest.crates {
            if let (Some(file), Some(sha256)) = (&entry.file, &entry.sha256) {
                let path = folder.join(METADATA).join(file);
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

    /// Checks that the Rust which is meant in the SDK's folder is the one that the SDK was made with, and has the target.
    ///
    /// # Errors
    /// When it isn't: metadata and symbols of another compiler fit nothing.
    pub fn check_rust(&self) -> Result<()> {
        let Manifest { target, rustc, .. } = &self.manifest;
        let version = rustc.split_whitespace().nth(1).unwrap_or(rustc);
        let advice = format!(
            "Install it with `rustup toolchain install {version} --target {target}`, and choose it with \
             RUSTUP_TOOLCHAIN={version}"
        );
        let (found, _) = flags::rustc_version(&self.folder)
            .with_context(|| format!("this SDK needs `{rustc}`, and there is no rustc in PATH. {advice}"))?;
        if found != *rustc {
            bail!("this SDK was made with `{rustc}`, and rustc is `{found}` here. {advice}");
        }
        let library = flags::sysroot(&self.folder)?.join("lib/rustlib").join(target).join("lib");
        let mut files = library.read_dir().into_iter().flatten().flatten();
        if !files.any(|file| file.file_name().to_string_lossy().starts_with("libcore-")) {
            bail!("`{rustc}` is here, but without {target}: no core in {}. {advice}", library.display());
        }
        Ok(())
    }

    /// The compiler's `alloc`. Extensions have what they need of it in their own object, so that what it allocates is theirs.
    ///
    /// # Errors
    /// When the Rust that is there lacks it.
    pub fn alloc(&self) -> Result<PathBuf> {
        let target = &self.manifest.target;
        let library = flags::sysroot(&self.folder)?.join("lib/rustlib").join(target).join("lib");
        let entries = library.read_dir().with_context(|| format!("can't read {}", library.display()))?;
        let is_alloc = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            name.is_some_and(|name| name.starts_with("liballoc-") && name.ends_with(".rlib"))
        };
        let found = entries.flatten().map(|entry| entry.path()).find(is_alloc);
        found.with_context(|| format!("there is no alloc in {}", library.display()))
    }

    /// The crate called `name`; `-` and `_` are the same.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        let name = name.replace('-', "_");
        self.manifest.crates.iter().find(|entry| entry.name == name)
    }

    /// The crates in `interfaces` and all they are built on, in the kernel's order.
    ///
    /// # Errors
    /// When one of them is no interface.
    pub fn closure(&self, interfaces: &[String]) -> Result<Vec<&Entry>> {
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
