//! The interfaces that one crate is compiled against: those of the kernel, and those that extensions publish.
//!
//! A crate can *name* those of its manifest. It is also linked to what these are built on, since their generic and inlined
//! code becomes its own; that is part of its note and of the compiler's search path, but the crate can't name it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::digest::Digest;
use crate::extension::manifest::Manifest;
use crate::published::{Published, folder_name};
use crate::sdk::{Entry, METADATA, Opened};

/// Interfaces of one crate.
#[derive(Clone, Debug)]
pub struct Interfaces<'s> {
    sdk: &'s Opened,
    /// Crates of the kernel, in its order.
    kernels: Vec<&'s Entry>,
    /// Crates that other extensions publish, by name.
    published: BTreeMap<String, Published>,
    /// Names of those that the crate can name.
    named: BTreeSet<String>,
}

impl<'s> Interfaces<'s> {
    /// Those that `manifest` asks for, which lies in `folder`; a word in `uses` is looked for in `published`, a path begins
    /// at `folder`.
    ///
    /// # Errors
    /// When one isn't there, or two that it needs differ.
    pub fn of(manifest: &Manifest, folder: &Path, published: &Path, sdk: &'s Opened) -> Result<Self> {
        let named = manifest.interfaces.iter().map(|name| name.replace('-', "_")).collect();
        let kernels = sdk.closure(&manifest.interfaces)?;
        let mut interfaces = Self { sdk, kernels, published: BTreeMap::new(), named };
        for place in &manifest.uses {
            let path =
                if place.contains('/') { folder.join(place) } else { published.join(folder_name(place)) };
            let found = Published::open(&path, sdk).with_context(|| format!("it uses `{place}`"))?;
            interfaces.add(found)?;
        }
        Ok(interfaces)
    }

    /// Adds a published crate, which can be named from now on, and all that it is built on.
    ///
    /// # Errors
    /// When that isn't there, or another crate of a name is.
    pub fn add(&mut self, found: Published) -> Result<()> {
        self.named.insert(found.name.clone());
        let mut open = vec![found];
        while let Some(found) = open.pop() {
            match self.published.get(&found.name) {
                Some(other) if other.digest == found.digest => continue,
                Some(other) => bail!(
                    "two crates are called `{}`, of `{}` and of `{}`",
                    found.name,
                    other.publisher,
                    found.publisher
                ),
                None => {}
            }
            open.extend(found.needed(self.sdk)?);
            self.with_kernels(|name| found.built_on.contains_key(name));
            self.published.insert(found.name.clone(), found);
        }
        Ok(())
    }

    /// Adds what another crate of the same object is compiled against, without its being named.
    ///
    /// # Errors
    /// When the two need different crates of a name.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        let named = self.named.clone();
        other.published.values().try_for_each(|found| self.add(found.clone()))?;
        self.named = named;
        self.with_kernels(|name| other.kernels.iter().any(|entry| entry.name == name));
        Ok(())
    }

    fn with_kernels(&mut self, is_wanted: impl Fn(&str) -> bool) {
        let there: BTreeSet<&str> = self.kernels.iter().map(|entry| &*entry.name).collect();
        let wanted = |entry: &&Entry| there.contains(&*entry.name) || is_wanted(&entry.name);
        self.kernels = self.sdk.manifest.crates.iter().filter(wanted).collect();
    }

    /// Takes the crates out that are part of the object itself.
    pub fn without(mut self, own: &BTreeSet<&str>) -> Self {
        self.published.retain(|name, _| !own.contains(&**name));
        self
    }

    /// Those of extensions.
    pub fn published(&self) -> impl Iterator<Item = &Published> {
        self.published.values()
    }

    /// The one of an extension that is called `name`.
    pub fn published_as(&self, name: &str) -> Option<&Published> {
        self.published.get(name)
    }

    /// Each crate with its digest: those of the kernel in its order, then those of extensions by name.
    ///
    /// # Errors
    /// When the SDK has a digest that is none.
    pub fn digests(&self) -> Result<Vec<(&str, Digest)>> {
        let mut all = Vec::new();
        for entry in &self.kernels {
            all.push((&*entry.name, Digest::parse(entry.sha256.as_deref().unwrap_or_default())?));
        }
        all.extend(self.published.values().map(|found| (&*found.name, found.digest)));
        Ok(all)
    }

    /// How rustc is told of them. The digest makes cargo compile anew when an interface changed: it knows nothing of the
    /// files that are named here.
    ///
    /// # Errors
    /// When the SDK lacks a file.
    pub fn compiler_options(&self) -> Result<Vec<String>> {
        let folder = self.sdk.folder.join(METADATA);
        let mut options = vec![format!("-Ldependency={}", folder.display())];
        for found in self.published() {
            options.push(format!("-Ldependency={}", found.metadata_folder().display()));
        }
        for name in &self.named {
            let path = match self.published.get(name) {
                Some(found) => found.metadata(),
                None => {
                    let entry = self.sdk.entry(name).with_context(|| format!("the SDK has no `{name}`"))?;
                    folder.join(entry.file.as_ref().with_context(|| format!("`{name}` has no metadata"))?)
                }
            };
            options.push(format!("--extern={name}={}", path.display()));
        }
        let digests = self.digests()?.into_iter().map(|(_, digest)| digest.to_string());
        options.push(format!("-Cmetadata={}", Digest::of(digests.collect::<String>().as_bytes())));
        Ok(options)
    }
}
