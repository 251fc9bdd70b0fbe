//! Compiles and audits a crate that an extension publishes, and writes the folder that others are built against.
//!
//! The crate is compiled once, before the extension, and handed to the extension and to all others as the same metadata: so
//! all of them mean the same symbols. Its code becomes part of the extension's object, whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Builder, Package, manifest};
use crate::extension::interfaces::Interfaces;
use crate::library;
use crate::published::{Published, folder_name, refuse_name};
use crate::sdk::put;

/// A crate that the extension which is being built publishes.
#[derive(Clone, Debug)]
pub struct Own<'s> {
    /// What others see of it.
    pub published: Published,
    /// Its code.
    pub library: PathBuf,
    /// What it is compiled against.
    pub interfaces: Interfaces<'s>,
}

impl Builder {
    /// Name of the folder, beside the objects, with those of published crates.
    pub const PUBLISHED: &str = "published";

    /// Where the folders of published crates are.
    pub fn published(&self) -> PathBuf {
        self.products.join(Self::PUBLISHED)
    }

    /// Compiles and publishes the crates that the extensions in `folders` publish, without building these. Does nothing where
    /// nothing changed. Two extensions that use each other's are built after both were published.
    ///
    /// # Errors
    /// When one of `folders` holds no extension, or a crate can't be published.
    pub fn publish<'f>(&self, folders: impl IntoIterator<Item = &'f PathBuf>) -> Result<()> {
        let mut open: Vec<&PathBuf> = folders.into_iter().collect();
        // One that uses another's has to wait for it. As long as each round publishes something, there is reason to go on.
        loop {
            let before = open.len();
            let mut refused = None;
            open.retain(|folder| {
                let outcome = self.publish_of(folder);
                let is_refused = outcome.is_err();
                refused = outcome.err().or(refused.take());
                is_refused
            });
            match refused {
                None => return Ok(()),
                Some(error) if open.len() == before => return Err(error),
                Some(_) => {}
            }
        }
    }

    fn publish_of(&self, folder: &Path) -> Result<()> {
        let (folder, manifest) = super::opened(folder)?;
        self.publish_all(&folder, &manifest).with_context(|| format!("extension `{}`", manifest.name))?;
        Ok(())
    }

    /// The crates that the extension with this manifest publishes.
    pub(super) fn publish_all(&self, folder: &Path, manifest: &manifest::Manifest) -> Result<Vec<Own<'_>>> {
        let publish = |place: &String| {
            let (folder, own) =
                super::opened(&folder.join(place)).with_context(|| format!("it publishes `{place}`"))?;
            let refused = || format!("`{}`, which it publishes", own.name);
            self.publish_one(&manifest.name, &folder, &own).with_context(refused)
        };
        manifest.publishes.iter().map(publish).collect()
    }

    fn publish_one(&self, publisher: &str, folder: &Path, manifest: &manifest::Manifest) -> Result<Own<'_>> {
        let name = manifest.name.replace('-', "_");
        refuse_name(&name, &self.sdk)?;
        if !manifest.publishes.is_empty() {
            bail!("an extension publishes, not a crate that is published");
        }
        let interfaces = Interfaces::of(manifest, folder, &self.published(), &self.sdk)?;
        let circle = |found: &&Published| found.name == name || found.built_on.contains_key(&name);
        if let Some(other) = interfaces.published().find(circle) {
            bail!(
                "it is built on `{}`, and that on it: published crates can't stand in a circle",
                other.name
            );
        }
        let target = self.products.join("target/published");
        fs::create_dir_all(&target).with_context(|| format!("can't make {}", target.display()))?;
        let file = |suffix: &str| target.join(format!("{publisher}.{}.{suffix}", manifest.name));
        let (library, list) = (file("rlib"), file("sources"));
        let place = self.published().join(folder_name(&name));
        let package = Package {
            folder,
            manifest,
            owner: publisher,
            interfaces: &interfaces,
            is_silent: self.is_silent,
        };
        let stamp = || self.stamp(&package, &library, &list, &[]);
        let is_there = Published::open(&place, &self.sdk).is_ok_and(|found| found.publisher == publisher);
        if !is_there || !stamp()?.is_current(&[&library, &list]) {
            stamp()?.clear()?;
            self.make_published(&package, &place, &target, (&library, &list))?;
            stamp()?.write()?;
        }
        Ok(Own { published: Published::open(&place, &self.sdk)?, library, interfaces })
    }

    fn make_published(
        &self,
        package: &Package<'_>,
        place: &Path,
        target: &Path,
        (library, list): (&Path, &Path),
    ) -> Result<()> {
        if let Ok(found) = Published::open(place, &self.sdk)
            && found.publisher != package.owner
        {
            bail!(
                "`{}` publishes a crate of that name already, in {}: rename one, or remove that folder",
                found.publisher,
                place.display()
            );
        }
        let (crates, inputs) = self.compile(package, list, target)?;
        crates.audit(&inputs, &self.reviewed)?;
        let Some((own, private)) = crates.all.split_last() else { bail!("cargo made nothing of it") };
        if let Some(other) = private.first() {
            bail!("it depends on `{}`: a published crate is built on interfaces alone", other.name);
        }
        let file = |extension| {
            own.file(extension).with_context(|| format!("cargo made no {extension} of {}", own.name))
        };
        fs::copy(file("rlib")?, library).with_context(|| format!("can't write {}", library.display()))?;
        let digests = package.interfaces.digests()?.into_iter();
        let built_on: BTreeMap<String, String> =
            digests.map(|(name, digest)| (name.to_owned(), digest.to_string())).collect();
        let (exports, rustc) = (exported(library)?, &self.sdk.manifest.rustc);
        Published::write(place, (&own.name, package.owner), rustc, file("rmeta")?, &exports, built_on)?;
        put(list, inputs.text()?.as_bytes())
    }
}

/// The names that rustc made reachable from other crates.
fn exported(library: &Path) -> Result<BTreeSet<String>> {
    let mut exports = BTreeSet::new();
    library::defined(library, |name, is_reachable| {
        if is_reachable && name.starts_with("_R") {
            exports.insert(name.to_owned());
        }
    })?;
    Ok(exports)
}
