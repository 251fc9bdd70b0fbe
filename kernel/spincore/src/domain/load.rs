//! Load: from the bytes of signed objects to running domains.
//!
//! [`load`] is the walk; each of its steps is one call: [`create`] reads an object and reserves its place, [`resolve`] finds what
//! it imports, [`initialise`] writes it into its place and runs its entry. What fails before an entry leaves nothing behind.
//! An entry is the extension's own code: when it fails, the domain ends like any other, with a grace period.
//!
//! This file does not know where the bytes came from.

mod error;

pub(crate) use error::LoadError;

use super::initialise::initialise;
use super::link::{create, resolve};
use super::unit::DomainInfo;
use super::unload;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use spindle_domain::{DomainId, Quotas};

/// Loads the signed objects `files`, each with its name for messages, as domains that may import from the domains `with` and
/// from each other, each of which may have `quotas`; runs their entries, one after the other.
///
/// # Errors
/// [`NotLoaded`]; everything that was taken for any of them is given back, at once or, after a failed entry, when its grace
/// period is over.
///
/// # Context
/// Not in interrupt context, no lock held. Waits for the other cores to fetch their instructions anew.
pub(crate) fn load(
    files: &[(&str, &[u8])],
    with: &[DomainId],
    quotas: Quotas,
) -> Result<Vec<DomainInfo>, NotLoaded> {
    let mut group = Group { files, ids: Vec::new() };
    for (at, (_, file)) in files.iter().enumerate() {
        let id = create(file, None, quotas).map_err(|error| group.give_up(at, error))?;
        group.ids.push(id);
    }
    let ids = group.ids.clone();
    for (at, id) in ids.iter().enumerate() {
        let others = ids.iter().filter(|other| *other != id);
        for source in with.iter().chain(others) {
            resolve(*id, *source).map_err(|error| group.give_up(at, error))?;
        }
    }
    let mut loaded = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        loaded.push(initialise(*id).map_err(|error| group.give_up(at, error))?);
    }
    Ok(loaded)
}

/// Objects on their way in together.
struct Group<'a> {
    files: &'a [(&'a str, &'a [u8])],
    ids: Vec<DomainId>,
}

impl Group<'_> {
    /// Ends all of them, because of what is wrong with the one at `at`.
    fn give_up(&self, at: usize, cause: LoadError) -> NotLoaded {
        for id in &self.ids {
            unload::abandon(*id);
        }
        let file = self.files.get(at).map_or_else(String::new, |(name, _)| (*name).into());
        NotLoaded { file, cause: Box::new(cause) }
    }
}

/// An object that was not loaded, and why.
#[derive(Debug)]
pub(crate) struct NotLoaded {
    /// Its name.
    pub(crate) file: String,
    /// Why. Apart, since it is large and rare.
    pub(crate) cause: Box<LoadError>,
}
