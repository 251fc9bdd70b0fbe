//! Listing: what names there are, for anybody to read.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::failure::NameError;
use crate::held::{Held, Kind};
use crate::nameserver::{TREE, parse};
use crate::tree::Entry;

/// A name, as anybody may know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path.
    pub path: String,
    /// What kind of thing it holds.
    pub kind: Kind,
    /// More of that, in words; empty for a directory.
    pub held: String,
    /// Name of its owner; `nobody` for a directory that is left over.
    pub owner: String,
}

/// The names in the directory `path`.
///
/// # Errors
/// [`NameError::NotFound`], [`NameError::NotADirectory`], [`NameError::Invalid`].
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn list(path: &str) -> Result<Vec<Listed>, NameError> {
    look(path, false)
}

/// All names below the directory `path`, each directory before what is in it.
///
/// # Errors
/// As of [`list`].
///
/// # Context
/// As of [`list`].
pub fn list_below(path: &str) -> Result<Vec<Listed>, NameError> {
    look(path, true)
}

/// What is in the directory `path`, and all that is below it, if it `is_deep`.
fn look(path: &str, is_deep: bool) -> Result<Vec<Listed>, NameError> {
    let path = &parse(path)?;
    let is_wanted = |entry: &&Arc<Entry>| is_deep || entry.path.is_in(path);
    // Written down, and dropped, without the lock.
    let found: Vec<Arc<Entry>> = {
        let tree = TREE.lock();
        match &*tree.find(path)?.held {
            Held::Directory => tree.below(path).filter(is_wanted).cloned().collect(),
            held => {
                return Err(NameError::NotADirectory { path: path.to_string(), kind: held.kind() });
            }
        }
    };
    Ok(found.iter().map(|entry| listed(entry)).collect())
}

fn listed(entry: &Entry) -> Listed {
    Listed {
        path: entry.path.to_string(),
        kind: entry.held.kind(),
        held: entry.held.to_string(),
        owner: entry.owner_name(),
    }
}
