//! Builds one extension: its crate and private dependencies against the SDK, audited, linked into one object, signed.
//!
//! cargo compiles, because private dependencies come from its registry, but with this tool's flags and not with the author's:
//! the interface crates are handed to rustc as `.rmeta` files of the SDK, and only those that the manifest names.
//! Nothing here knows the kernel's checkout; the SDK's folder is enough.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use ed25519_dalek::SigningKey;

use crate::audit::Reviewed;
use crate::audit::object::{self, Allowed};
use crate::digest::Digest;
use crate::extension::crates::Crates;
use crate::extension::manifest::Manifest;
use crate::sdk::{Entry, Opened, put};
use crate::sign;
use crate::stamp::Stamp;

pub mod crates;
pub mod dependencies;
pub mod link;
pub mod manifest;
pub mod sources;

/// Builds extensions against one SDK, with one key, into one folder.
pub struct Builder {
    sdk: Opened,
    reviewed: Reviewed,
    key: SigningKey,
    products: PathBuf,
    is_silent: bool,
}

/// One extension, before anything of it is built.
pub struct Extension<'a> {
    /// Where its `Cargo.toml` is.
    pub folder: &'a Path,
    /// What that says.
    pub manifest: &'a Manifest,
    /// The interface crates that it names, and all they are built on.
    pub closure: &'a [&'a Entry],
    /// Whether what the compiler says is kept back.
    pub is_silent: bool,
    /// What is made of it.
    product: PathBuf,
    /// The files that the compiler read when it was last built.
    list: PathBuf,
}

impl Builder {
    /// For the SDK in `sdk`; objects go into `products`, signed with `key`.
    ///
    /// # Errors
    /// When the SDK can't be read.
    pub fn new(sdk: &Path, key: SigningKey, products: &Path) -> Result<Self> {
        fs::create_dir_all(products).with_context(|| format!("can't make {}", products.display()))?;
        let reviewed = Reviewed::read(&sdk.join("reviewed.toml"))?;
        Ok(Self { sdk: Opened::open(sdk)?, reviewed, key, products: products.to_owned(), is_silent: false })
    }

    /// The same, but what the compiler says isn't shown.
    pub fn silent(self) -> Self {
        Self { is_silent: true, ..self }
    }

    /// Builds the extension in `folder`; returns where its signed object is. Does nothing where nothing changed.
    ///
    /// # Errors
    /// When it isn't an extension, the compiler or the audit refuse it, or it needs what the kernel doesn't export.
    pub fn build(&self, folder: &Path) -> Result<PathBuf> {
        let folder = &folder
            .canonicalize()
            .with_context(|| format!("there is no extension in {}", folder.display()))?;
        let manifest = &Manifest::read(folder)?;
        let name = &manifest.name;
        let refused = || format!("extension `{name}`");
        let closure = &self.sdk.closure(&manifest.interfaces).with_context(refused)?;
        let file = |suffix: &str| self.products.join(format!("{name}.{suffix}"));
        let extension = Extension {
            folder,
            manifest,
            closure,
            is_silent: self.is_silent,
            product: file("spx"),
            list: file("sources"),
        };
        if !self.stamp(&extension)?.is_current(&[&extension.product, &extension.list]) {
            self.stamp(&extension)?.clear()?;
            self.make(&extension).with_context(refused)?;
            self.stamp(&extension)?.write()?;
        }
        Ok(extension.product)
    }

    fn make(&self, extension: &Extension<'_>) -> Result<()> {
        let target = self.products.join("target");
        let crates = Crates::compile(extension, &self.sdk, &self.reviewed, &target)?;
        let sources = crates.audit(&self.reviewed)?;
        let linked = link::link(extension, &crates, &self.sdk, &target)?;
        let compilers = self.sdk.manifest.crates.iter().filter(|entry| entry.file.is_none());
        let allowed = Allowed {
            sdk: &self.sdk,
            imports: extension.closure.iter().copied().chain(compilers).map(|entry| &*entry.name).collect(),
            own: crates.all.iter().map(|found| &*found.name).collect(),
        };
        object::check(&linked, &allowed)
            .map_err(|wrong| anyhow!("its object can't be loaded:\n  {wrong}"))?;
        fs::write(&extension.product, sign::sign(&linked, &self.key))?;
        put(&extension.list, sources::listed(&sources).as_bytes())
    }

    /// All that the object is made of: interfaces, key, tools, and the files that the compiler read the last time.
    fn stamp(&self, extension: &Extension<'_>) -> Result<Stamp> {
        let mut stamp = Stamp::new(&extension.product)?;
        stamp.value("compiler", &self.sdk.manifest.rustc);
        stamp.value("flags", &format!("{:?} {:?}", self.sdk.manifest.rustflags, self.sdk.manifest.profile));
        for entry in extension.closure {
            stamp.value(&entry.name, entry.sha256.as_deref().unwrap_or_default());
        }
        stamp.value("key", &Digest(self.key.verifying_key().to_bytes()).to_string());
        stamp.written(&self.sdk.folder.join("extension.ld"))?;
        stamp.written(&self.sdk.folder.join("reviewed.toml"))?;
        stamp.written(&extension.folder.join("Cargo.toml"))?;
        stamp.written(&extension.folder.join("Cargo.lock"))?;
        for source in fs::read_to_string(&extension.list).unwrap_or_default().lines() {
            stamp.written(Path::new(source))?;
        }
        Ok(stamp)
    }
}
