//! A published interface: the folder that its publisher hands out, and that others are built against.
//!
//! | file            | content                                                                                  |
//! |-----------------|------------------------------------------------------------------------------------------|
//! | `manifest.toml` | the crate, its publisher, the compiler, and each crate it is built on with its digest    |
//! | `exports.txt`   | a line per exported symbol: mangled name                                                 |
//! | `metadata/`     | the crate's `.rmeta` file                                                                |
//!
//! It is to one crate of an extension what the SDK is to those of the kernel: it holds no source, and with it and the SDK an
//! author needs nothing else of the publisher. Published crates that it is built on lie in folders beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::sdk::{Opened, put};

/// Version of the folder's layout.
const FORMAT: u32 = 1;

/// `manifest.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// Version of the layout, [`FORMAT`].
    format: u32,
    /// Name of the crate, with underscores.
    name: String,
    /// The extension that publishes it.
    publisher: String,
    /// The compiler's version, as notes carry it.
    rustc: String,
    /// Its file in `metadata/`.
    file: String,
    /// SHA-256 of that file.
    sha256: String,
    /// Each crate that it is built on, the compiler's own aside, with the digest it had then.
    #[serde(default)]
    built_on: BTreeMap<String, String>,
}

/// A crate that was published.
#[derive(Clone, Debug)]
pub struct Published {
    /// Name of the crate, with underscores.
    pub name: String,
    /// The extension that publishes it.
    pub publisher: String,
    /// Digest of its metadata.
    pub digest: Digest,
    /// Mangled names of the symbols that it exports.
    pub exports: BTreeSet<String>,
    /// Each crate that it is built on, the compiler's own aside, with the digest it had then.
    pub built_on: BTreeMap<String, String>,
    folder: PathBuf,
    file: String,
}

/// Name of the folder of the crate called `name`.
pub fn folder_name(name: &str) -> String {
    name.replace('_', "-")
}

impl Published {
    /// Writes a folder for the crate `name`, whose metadata is `metadata`.
    ///
    /// # Errors
    /// When a file can't be read or written.
    pub fn write(
        folder: &Path,
        (name, publisher): (&str, &str),
        rustc: &str,
        metadata: &Path,
        exports: &BTreeSet<String>,
        built_on: BTreeMap<String, String>,
    ) -> Result<()> {
        // What an earlier build left would be found by rustc beside the new.
        let kept = folder.join("metadata");
        match fs::remove_dir_all(&kept) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        fs::create_dir_all(&kept).with_context(|| format!("can't make {}", kept.display()))?;
        let bytes = fs::read(metadata).with_context(|| format!("can't read {}", metadata.display()))?;
        let file = metadata.file_name().unwrap_or_default().to_string_lossy().into_owned();
        put(&kept.join(&file), &bytes)?;
        let lines: String = exports.iter().map(|name| format!("{name}\n")).collect();
        put(&folder.join("exports.txt"), lines.as_bytes())?;
        let manifest = Manifest {
            format: FORMAT,
            name: name.to_owned(),
            publisher: publisher.to_owned(),
            rustc: rustc.to_owned(),
            file,
            sha256: Digest::of(&bytes).to_string(),
            built_on,
        };
        put(&folder.join("manifest.toml"), toml::to_string(&manifest)?.as_bytes())
    }

    /// Opens the one in `folder`, to be used with `sdk`.
    ///
    /// # Errors
    /// When there is none, a file of it was changed, it bears the name of a crate of the kernel, or it was built with another
    /// compiler or against another interface of the kernel.
    pub fn open(folder: &Path, sdk: &Opened) -> Result<Self> {
        let path = folder.join("manifest.toml");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("nothing is published in {}: build its publisher", folder.display()))?;
        let manifest: Manifest =
            toml::from_str(&text).with_context(|| format!("{} can't be read", path.display()))?;
        let Manifest { format, name, publisher, rustc, file, sha256, built_on } = manifest;
        if format != FORMAT {
            bail!("{} is of format {format}, this tool reads {FORMAT}", path.display());
        }
        let is_plain =
            |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if !is_plain(&name) || Path::new(&file).components().count() != 1 {
            bail!("{} names no crate", path.display());
        }
        refuse_name(&name, sdk)?;
        let metadata = folder.join("metadata").join(&file);
        let digest = Digest::of_file(&metadata)?;
        if digest != Digest::parse(&sha256)? {
            bail!("{} isn't the file that was published", metadata.display());
        }
        if rustc != sdk.manifest.rustc {
            bail!("`{name}` was published with `{rustc}`, the kernel is built with `{}`", sdk.manifest.rustc);
        }
        for (other, sha256) in &built_on {
            if let Some(entry) = sdk.entry(other)
                && entry.sha256.as_ref() != Some(sha256)
            {
                bail!("`{name}` was built on another `{other}` than this kernel's: have it published anew");
            }
        }
        let exports = fs::read_to_string(folder.join("exports.txt"))
            .with_context(|| format!("{} lacks exports.txt", folder.display()))?;
        let exports = exports.lines().map(str::to_owned).collect();
        Ok(Self { name, publisher, digest, exports, built_on, folder: folder.to_owned(), file })
    }

    /// The published crates that this one is built on, out of the folders beside it.
    ///
    /// # Errors
    /// When one isn't there, or not the one it was built on.
    pub fn needed(&self, sdk: &Opened) -> Result<Vec<Self>> {
        let mut needed = Vec::new();
        for (name, sha256) in self.built_on.iter().filter(|(name, _)| sdk.entry(name).is_none()) {
            let found = Self::open(&self.folder.with_file_name(folder_name(name)), sdk)
                .with_context(|| format!("`{}` is built on `{name}`", self.name))?;
            if found.digest != Digest::parse(sha256)? {
                bail!("`{}` was built on another `{name}`: have it published anew", self.name);
            }
            needed.push(found);
        }
        Ok(needed)
    }

    /// The folder with its metadata.
    pub fn metadata_folder(&self) -> PathBuf {
        self.folder.join("metadata")
    }

    /// What dependents are compiled against.
    pub fn metadata(&self) -> PathBuf {
        self.metadata_folder().join(&self.file)
    }
}

/// Refuses `name` for a published crate when it is that of a crate of the kernel's or of the compiler's.
///
/// # Errors
/// When it is.
pub fn refuse_name(name: &str, sdk: &Opened) -> Result<()> {
    const COMPILERS: [&str; 4] = ["std", "test", "proc_macro", "main"];
    if sdk.entry(name).is_some() || COMPILERS.contains(&name) {
        bail!("a crate of the kernel's is called `{name}`: nothing can be published under that name");
    }
    Ok(())
}
