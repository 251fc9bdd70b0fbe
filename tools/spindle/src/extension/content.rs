//! What an extension's crates are made of, as two digests, which become part of the names of their symbols and types.
//!
//! rustc gives a crate an identity from its name and from what `-C metadata` says; `TypeId`s and mangled names are made of it,
//! and of nothing that is in the crate. Two versions of an extension would have equal `TypeId`s for types of different shape,
//! and the kernel, which tells types apart by them, would take one for the other. So `-C metadata` is the content.
//!
//! Which files are the content is known only when they were compiled. So a build begins with a guess, from the last build or
//! from what is usual; when rustc then has read something else, it compiles once more with what it has read.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::extension::Package;
use crate::extension::sources::Sources;

/// What the crates of an extension were compiled from: what the last build leaves to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The lock file of its workspace.
    pub lock: PathBuf,
    /// The crates, the extension's own the last.
    #[serde(rename = "crate", default)]
    pub crates: Vec<Sources>,
}

/// The content of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Of its private dependencies. Part of every crate, so that a change of the extension's own leaves them compiled.
    pub private: Digest,
    /// Of the extension's own crate, and of the versions of what it depends on.
    pub own: Digest,
}

impl Inputs {
    /// What the last build has left at `path`, else what is usual for `package`.
    pub fn read(path: &Path, package: &Package<'_>) -> Self {
        let left = fs::read_to_string(path).ok().and_then(|text| toml::from_str(&text).ok());
        left.unwrap_or_else(|| Self {
            lock: package.folder.join("Cargo.lock"),
            crates: vec![Sources::usual(&package.manifest.name, package.folder)],
        })
    }

    /// As [`Inputs::read`] reads it.
    ///
    /// # Errors
    /// When a path is no text.
    pub fn text(&self) -> Result<String> {
        toml::to_string(self).context("what it was made of can't be written down")
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let read = self.crates.iter().flat_map(|found| &found.files);
        let manifests = self.crates.iter().filter_map(|found| found.manifest.as_ref());
        read.chain(manifests).chain([&self.lock]).map(PathBuf::as_path)
    }

    /// The digests of it.
    pub fn content(&self) -> Content {
        let mut private: Vec<String> = Vec::new();
        let mut own = described_file(Path::new("Cargo.lock"), &self.lock);
        for found in &self.crates {
            if found.is_own { own.push_str(&described(found)) } else { private.push(described(found)) }
        }
        private.sort();
        Content { private: Digest::of(private.concat().as_bytes()), own: Digest::of(own.as_bytes()) }
    }
}

/// A crate as text: its name, what it read of the environment, and each file with its digest.
fn described(found: &Sources) -> String {
    let mut text = format!("crate {}\n", found.name);
    for (name, value) in &found.variables {
        let _ = writeln!(text, "variable {name} {value:?}");
    }
    let read = found.files.iter().chain(&found.manifest);
    let mut files: Vec<String> = read.map(|path| described_file(found.place(path), path)).collect();
    files.sort();
    text + &files.concat()
}

/// One that can't be read has a digest of its own, which no content has: a guess goes wrong by it, and nothing else.
fn described_file(place: &Path, path: &Path) -> String {
    let digest = Digest::of_file(path).map_or_else(|_| "absent".to_owned(), |digest| digest.to_string());
    format!("file {:?} {digest}\n", place.display().to_string())
}
