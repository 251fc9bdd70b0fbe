//! Content: what a package's crates are compiled from, as a part of what they are called.
//!
//! The kernel tells a type by its `TypeId`. That comes of the name of the type's crate and of the metadata that its build
//! adds to it, and not of what is in the crate: without this, two versions of one extension would give the same `TypeId` to
//! different types, and the kernel would take the one for the other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::digest::Digest;

/// Digests of the files that a package was compiled from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    /// Of all.
    all: Digest,
    /// Of those of its private dependencies that are no archives of a registry, which cannot change.
    private: Digest,
}

impl Content {
    /// That of these files, those of private dependencies among them once more.
    ///
    /// # Errors
    /// When one can't be read.
    pub(super) fn of(all: &BTreeSet<PathBuf>, private: &BTreeSet<PathBuf>) -> Result<Self> {
        Ok(Self { all: digest(all)?, private: digest(private)? })
    }

    /// What it is likely to be before it is known: that of the files in `list`, which were read the last time.
    pub(super) fn guess(list: &Path) -> Self {
        let listed = std::fs::read_to_string(list).unwrap_or_default();
        let all = digest(&listed.lines().map(PathBuf::from).collect()).unwrap_or_default();
        Self { all, private: Digest::of(&[]) }
    }

    /// What it adds to the package's own crate.
    pub(super) fn of_package(&self) -> String {
        format!("-Cmetadata={}", self.all)
    }

    /// What it adds to each crate.
    pub(super) fn of_each(&self) -> String {
        format!("-Cmetadata={}", self.private)
    }
}

/// The digest of what stands in these files, wherever they are.
fn digest(files: &BTreeSet<PathBuf>) -> Result<Digest> {
    let digests = files.iter().map(|file| Ok(Digest::of_file(file)?.to_string()));
    Ok(Digest::of(digests.collect::<Result<String>>()?.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::{Content, digest};

    #[test]
    fn a_digest_of_files_tells_of_each() {
        let folder = std::env::temp_dir().join(format!("spindle-content-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for a test");
        let files = ["one", "two"].map(|name| folder.join(name)).into();
        let mut seen = Vec::new();
        for (one, two) in [("a", "b"), ("b", "a"), ("a", "c"), ("ab", "")] {
            fs::write(folder.join("one"), one).expect("a file for a test");
            fs::write(folder.join("two"), two).expect("a file for a test");
            seen.push(digest(&files).expect("both are there").to_string());
        }
        let list = folder.join("list");
        let listed: String =
            files.iter().map(|file: &std::path::PathBuf| format!("{}\n", file.display())).collect();
        fs::write(&list, listed).expect("a file for a test");
        assert_eq!(Content::of(&files, &BTreeSet::new()).ok(), Some(Content::guess(&list)));
        fs::remove_dir_all(&folder).expect("it is there");
        assert!(digest(&files).is_err());
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 4);
    }
}
