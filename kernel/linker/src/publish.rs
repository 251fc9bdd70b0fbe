//! Publishing: what an object offers to other objects, and at which addresses.
//!
//! An object's note says which crates it publishes, and by hash which symbols belong to them. [`Object::parse`] finds the
//! symbol behind each hash; [`addresses`] says where they will be once the object is placed; [`PublishedTable`] is that as
//! something to link to. The table owns all it says: it is kept for as long as the extension runs, the object's bytes are
//! not.
//!
//! Not known here: who may import from the table, and who does.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::digest::Digest;
use crate::export::{Export, Exports, fnv1a64};
use crate::note::{Interface, Note};
use crate::object::{Object, ObjectError, Place, Symbol};
use crate::order::sorted;
use crate::plan::Plan;
use crate::relocate::{Bases, RelocateError, address_of};

/// A symbol that an object publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedSymbol {
    /// [`fnv1a64`] of its name.
    pub hash: u64,
    /// Number of the crate that it belongs to, in [`Note::published`].
    pub crate_index: usize,
    /// Its number in the object.
    pub symbol: usize,
}

/// Where a published symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedAddress {
    /// [`fnv1a64`] of its name.
    pub hash: u64,
    /// Where it is.
    pub address: u64,
    /// Number of the crate that it belongs to, in [`Note::published`].
    pub crate_index: usize,
}

/// What is wrong with what an object publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishError {
    /// No global symbol that is placed has this hash.
    Undefined,
    /// Two global symbols have this hash.
    Ambiguous,
}

/// Finds the symbols that `note` publishes; by rising hash.
pub(crate) fn find(note: &Note<'_>, symbols: &[Symbol<'_>]) -> Result<Vec<PublishedSymbol>, ObjectError> {
    let count = note.published().iter().map(|published| published.symbols().len()).sum();
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut defined: Vec<(u64, usize)> = symbols
        .iter()
        .enumerate()
        .filter(|(_, symbol)| symbol.is_global() && symbol.is_placed() && symbol.place() != Place::Import)
        .map(|(number, symbol)| (fnv1a64(symbol.name().as_bytes()), number))
        .collect();
    defined.sort_unstable();
    let mut found = Vec::with_capacity(count);
    for (crate_index, published) in note.published().iter().enumerate() {
        for hash in published.symbols() {
            let first = defined.partition_point(|(other, _)| *other < hash);
            let mut bearers = defined.iter().skip(first).take_while(|(other, _)| *other == hash);
            let cause = match (bearers.next(), bearers.next()) {
                (Some((_, symbol)), None) => {
                    found.push(PublishedSymbol { hash, crate_index, symbol: *symbol });
                    continue;
                }
                (None, _) => PublishError::Undefined,
                (Some(_), Some(_)) => PublishError::Ambiguous,
            };
            return Err(ObjectError::Published { published: published.name.into(), hash, cause });
        }
    }
    Ok(sorted(&found, |symbol| symbol.hash))
}

/// Where the symbols that `object` publishes are when it is placed by `plan` at `bases`; by rising hash.
///
/// # Errors
/// [`RelocateError::ForeignPlan`] when the plan is not that of the object.
pub fn addresses(
    object: &Object<'_>,
    plan: &Plan,
    bases: &Bases,
) -> Result<Vec<PublishedAddress>, RelocateError> {
    let place = |published: &PublishedSymbol| {
        let symbol = object.symbol(published.symbol).ok_or(RelocateError::ForeignPlan)?;
        let address = address_of(symbol, plan, bases).ok_or(RelocateError::ForeignPlan)?;
        Ok(PublishedAddress { hash: published.hash, address, crate_index: published.crate_index })
    };
    object.published_symbols().iter().map(place).collect()
}

/// What a running extension publishes, to be linked to.
#[derive(Clone, Debug)]
pub struct PublishedTable {
    compiler: String,
    crates: Vec<(String, Digest)>,
    /// By rising hash.
    symbols: Vec<PublishedAddress>,
}

impl PublishedTable {
    /// What `object` publishes once it is placed by `plan` at `bases`.
    ///
    /// # Errors
    /// [`RelocateError::ForeignPlan`] when the plan is not that of the object.
    pub fn new(object: &Object<'_>, plan: &Plan, bases: &Bases) -> Result<Self, RelocateError> {
        let crates = object.note().published();
        Ok(Self {
            compiler: object.note().compiler().into(),
            crates: crates.iter().map(|published| (published.name.into(), published.digest)).collect(),
            symbols: addresses(object, plan, bases)?,
        })
    }

    /// The crates, in the order of their numbers.
    pub fn crates(&self) -> impl ExactSizeIterator<Item = Interface<'_>> {
        self.crates.iter().map(|(name, digest)| Interface { name, digest: *digest })
    }

    /// The symbols, by rising hash.
    #[must_use]
    pub fn symbols(&self) -> &[PublishedAddress] {
        &self.symbols
    }

    /// Whether no crate is published.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.crates.is_empty()
    }
}

impl Exports for PublishedTable {
    fn lookup(&self, hash: u64, _name: &str) -> Option<Export> {
        let index = self.symbols.binary_search_by_key(&hash, |symbol| symbol.hash).ok()?;
        let symbol = self.symbols.get(index)?;
        Some(Export { address: symbol.address, crate_index: symbol.crate_index })
    }

    fn crate_by_name(&self, name: &str) -> Option<(usize, Interface<'_>)> {
        self.crates().enumerate().find(|(_, published)| published.name == name)
    }

    fn crate_by_index(&self, index: usize) -> Option<Interface<'_>> {
        self.crates().nth(index)
    }

    fn compiler(&self) -> &str {
        &self.compiler
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Undefined => "is not defined by the object",
            Self::Ambiguous => "is defined twice by the object",
        })
    }
}
