//! Builds one extension: its crate and private dependencies against the SDK, audited, linked into one object, signed.
//!
//! cargo compiles, because private dependencies come from its registry, but with this tool's flags and not with the author's:
//! the interface crates are handed to rustc as `.rmeta` files of the SDK, and only those that the manifest names. So are
//! those that other extensions publish, out of the folders that these hand out, and those that the extension publishes itself.
//! Nothing here knows the kernel's checkout; the SDK's folder is enough.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::{fs, iter};

use anyhow::{Context, Result, anyhow, bail};
use ed25519_dalek::SigningKey;

use crate::audit::Reviewed;
use crate::audit::object::{self, Allowed};
use crate::digest::Digest;
use crate::extension::content::Inputs;
use crate::extension::crates::Crates;
use crate::extension::interfaces::Interfaces;
use crate::extension::manifest::Manifest;
use crate::extension::publish::Own;
use crate::library;
use crate::sdk::{Opened, put};
use crate::sign;
use crate::stamp::Stamp;

pub mod content;
pub mod crates;
pub mod dependencies;
pub mod interfaces;
pub mod link;
pub mod manifest;
pub mod publish;
pub mod sources;

/// How often an extension is compiled at most: with a guess of what it is made of, with what was found, and once more for who
/// edits meanwhile.
const ATTEMPTS: usize = 3;

/// Builds extensions against one SDK, with one key, into one folder.
pub struct Builder {
    sdk: Opened,
    reviewed: Reviewed,
    key: Option<SigningKey>,
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
    /// For the SDK in `sdk`; objects go into `products`, signed with `key`, where there is one.
    ///
    /// # Errors
    /// When the SDK can't be read, or the Rust that is there is another than the SDK's.
    pub fn new(sdk: &Path, key: Option<SigningKey>, products: &Path) -> Result<Self> {
        fs::create_dir_all(products).with_context(|| format!("can't make {}", products.display()))?;
        let reviewed = Reviewed::read(&sdk.join("reviewed.toml"))?;
        let sdk = Opened::open(sdk)?;
        sdk.check_rust()?;
        Ok(Self { sdk, reviewed, key, products: products.to_owned(), is_silent: false })
    }

    /// The same, but what the compiler says isn't shown.
    pub fn silent(self) -> Self {
        Self { is_silent: true, ..self }
    }

    /// Builds the extension in `folder`; returns where its object is: `NAME.spx`, or `NAME.o` where nothing signs. Does nothing
    /// where nothing changed.
    ///
    /// # Errors
    /// When it isn't an extension, the compiler or the audit refuse it, or it needs what nobody exports to it.
    pub fn build(&self, folder: &Path) -> Result<PathBuf> {
        let (folder, manifest) = &opened(folder)?;
        self.build_opened(folder, manifest).with_context(|| format!("extension `{}`", manifest.name))
    }

    /// The same for several that publish nothing that is not published yet, on as many cores as there are. In their order.
    ///
    /// # Errors
    /// As of [`build`](Self::build), of the first of them.
    pub fn build_several(&self, folders: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let next = AtomicUsize::new(0);
        // Relaxed: a number that each takes once; the ends of the threads order the rest.
        let take = || next.fetch_add(1, Ordering::Relaxed);
        let work = || {
            let mine = iter::repeat_with(take).map_while(|at| Some((at, self.build(folders.get(at)?))));
            mine.collect::<Vec<_>>()
        };
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let mut built = thread::scope(|scope| {
            let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            let join =
                |thread: ScopedJoinHandle<'_, _>| thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            threads.into_iter().flat_map(join).collect::<Vec<_>>()
        });
        built.sort_by_key(|(at, _)| *at);
        built.into_iter().map(|(_, outcome)| outcome).collect()
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
        let (product, list) = (file(if self.key.is_some() { "spx" } else { "o" }), file("sources"));
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
        let (crates, inputs) = self.compile(package, list, &target)?;
        crates.audit(&inputs, &self.reviewed)?;
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
        let mut alloc = BTreeSet::new();
        library::defined(&self.sdk.alloc()?, |name, _| {
            alloc.insert(name.to_owned());
        })?;
        let allowed = Allowed {
            sdk: &self.sdk,
            alloc,
            published: imported.published().collect(),
            imports: names.collect(),
            own: Some(crates.all.iter().map(|found| &*found.name).chain(published).collect()),
        };
        object::check(&linked, &allowed)
            .map_err(|wrong| anyhow!("its object can't be loaded:\n  {wrong}"))?;
        match &self.key {
            Some(key) => fs::write(product, sign::sign(&linked, key))?,
            None => fs::write(product, &linked)?,
        }
        put(list, inputs.text()?.as_bytes())
    }

    /// Compiles until the crates carry the digests of what they were really compiled from; `list` is what the last build left of
    /// that.
    fn compile(&self, package: &Package<'_>, list: &Path, target: &Path) -> Result<(Crates, Inputs)> {
        let mut content = Inputs::read(list, package).content();
        for _ in 0..ATTEMPTS {
            let crates = Crates::compile(package, &self.sdk, &self.reviewed, &content, target)?;
            let inputs = crates.inputs()?;
            let found = inputs.content();
            if found == content {
                return Ok((crates, inputs));
            }
            content = found;
        }
        bail!("its sources changed each time that they were compiled")
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
        let key = self.key.as_ref().map(|key| Digest(key.verifying_key().to_bytes()).to_string());
        stamp.value("key", &key.unwrap_or_default());
        stamp.written(&self.sdk.folder.join("extension.ld"))?;
        stamp.written(&self.sdk.folder.join("frames.ld"))?;
        stamp.written(&self.sdk.folder.join("reviewed.toml"))?;
        for source in Inputs::read(list, package).files() {
            stamp.written(source)?;
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
