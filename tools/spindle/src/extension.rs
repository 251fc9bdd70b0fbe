//! Builds one extension: its crate and private dependencies against the SDK, audited, linked into one object, signed.
//!
//! cargo compiles, because private dependencies come from its registry, but with this tool's flags and not with the author's:
//! the interface crates are handed to rustc as `.rmeta` files of the SDK, and only those that the manifest names. So are
//! those that other extensions publish, out of the folders that these hand out, and those that the extension publishes itself.
//! Nothing here knows the kernel's checkout; the SDK's folder is enough.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use ed25519_dalek::SigningKey;

use crate::audit::Reviewed;
use crate::audit::object::{self, Allowed};
use crate::digest::Digest;
use crate::extension::crates::Crates;
use crate::extension::interfaces::Interfaces;
use crate::extension::manifest::Manifest;
use crate::extension::publish::Own;
use crate::sdk::{Opened, put};
use crate::sign;
use crate::stamp::Stamp;

mod content;
pub mod crates;
pub mod dependencies;
pub mod interfaces;
pub mod link;
pub mod manifest;
pub mod publish;
pub mod sources;

/// Builds extensions against one SDK, with one key, into one folder.
pub struct Builder {
    sdk: Opened,
    reviewed: Reviewed,
    key: SigningKey,
    products: PathBuf,
    is_silent: bool,
}

/// A crate with a manifest of this tool's, before anything of it is built: an extension, or one that it publishes.
pub struct Package<'a> {
    /// Where its `Cargo.toml` is.
    pub folder: &'a Path,
    /// What that says.
    pub manifest: &'a Manifest,
    /// Name of the extension that it becomes a part of.
    pub owner: &'a str,
    /// What it is compiled against.
    pub interfaces: &'a Interfaces<'a>,
    /// Whether what the compiler says is kept back.
    pub is_silent: bool,
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
    /// When it isn't an extension, the compiler or the audit refuse it, or it needs what nobody exports to it.
    pub fn build(&self, folder: &Path) -> Result<PathBuf> {
        let (folder, manifest) = &opened(folder)?;
        self.build_opened(folder, manifest).with_context(|| format!("extension `{}`", manifest.name))
    }

    fn build_opened(&self, folder: &Path, manifest: &Manifest) -> Result<PathBuf> {
        let name = &manifest.name;
        let own = &self.publish_all(folder, manifest)?;
        let mut interfaces = Interfaces::of(manifest, folder, &self.published(), &self.sdk)?;
        for found in own {
            interfaces.add(found.published.clone())?;
            interfaces.merge(&found.interfaces)?;
        }
        let package =
            Package { folder, manifest, owner: name, interfaces: &interfaces, is_silent: self.is_silent };
        let file = |suffix: &str| self.products.join(format!("{name}.{suffix}"));
        let (product, list) = (file("spx"), file("sources"));
        let stamp = || self.stamp(&package, &product, &list, own);
        if !stamp()?.is_current(&[&product, &list]) {
            stamp()?.clear()?;
            self.make(&package, own, &product, &list)?;
            stamp()?.write()?;
        }
        Ok(product)
    }

    fn make(&self, package: &Package<'_>, own: &[Own<'_>], product: &Path, list: &Path) -> Result<()> {
        let target = self.products.join("target");
        let (crates, sources) = Crates::make(package, &self.sdk, &self.reviewed, (&target, list))?;
        let published: BTreeSet<&str> = own.iter().map(|found| &*found.published.name).collect();
        let imported = package.interfaces.clone().without(&published);
        let linked = link::link(
            &link::Parts { package, crates: &crates, own, imported: &imported },
            &self.sdk,
            &target,
        )?;
        let compilers = self.sdk.manifest.crates.iter().filter(|entry| entry.file.is_none());
        let interfaces = imported.digests()?;
        let names = interfaces.iter().map(|(name, _)| *name).chain(compilers.map(|entry| &*entry.name));
        let allowed = Allowed {
            sdk: &self.sdk,
            published: imported.published().collect(),
            imports: names.collect(),
            own: crates.all.iter().map(|found| &*found.name).chain(published).collect(),
        };
        object::check(&linked, &allowed)
            .map_err(|wrong| anyhow!("its object can't be loaded:\n  {wrong}"))?;
        fs::write(product, sign::sign(&linked, &self.key))?;
        put(list, sources::listed(&sources).as_bytes())
    }

    /// All that a product is made of: interfaces, key, tools, the files that the compiler read the last time, and the crates
    /// that are published with it.
    fn stamp(&self, package: &Package<'_>, product: &Path, list: &Path, own: &[Own<'_>]) -> Result<Stamp> {
        let mut stamp = Stamp::new(product)?;
        stamp.value("compiler", &self.sdk.manifest.rustc);
        stamp.value("flags", &format!("{:?} {:?}", self.sdk.manifest.rustflags, self.sdk.manifest.profile));
        for (name, digest) in package.interfaces.digests()? {
            stamp.value(name, &digest.to_string());
        }
        stamp.value("key", &Digest(self.key.verifying_key().to_bytes()).to_string());
        stamp.written(&self.sdk.folder.join("extension.ld"))?;
        stamp.written(&self.sdk.folder.join("reviewed.toml"))?;
        stamp.written(&package.folder.join("Cargo.toml"))?;
        stamp.written(&package.folder.join("Cargo.lock"))?;
        for source in fs::read_to_string(list).unwrap_or_default().lines() {
            stamp.written(Path::new(source))?;
        }
        for found in own {
            stamp.written(&found.library)?;
        }
        Ok(stamp)
    }
}

/// The folder as it is called without detours, and the manifest in it.
fn opened(folder: &Path) -> Result<(PathBuf, Manifest)> {
    let folder =
        folder.canonicalize().with_context(|| format!("there is no extension in {}", folder.display()))?;
    let manifest = Manifest::read(&folder)?;
    Ok((folder, manifest))
}
