//! Resolving: everything that an object wants from elsewhere, looked up and judged before a byte is placed.
//!
//! An object is linked to one source after the other: the kernel's crates that its domain was given, or what another
//! extension publishes. Each [`Linkage::link`] gives it what that source has. First the interfaces: same compiler, same
//! digest for each interface crate. Then the names: each import belongs to a crate within the grant, and, where the crate
//! has a digest, to one whose digest was just compared. What a source lacks is left open, for another source.
//!
//! When nothing is open any more, [`Linkage::imports`] has the addresses. Until then nothing can be placed.
//!
//! [`resolve()`] is all of it with the kernel as the only source. All that is wrong is collected, not the first only. What a
//! grant is called and who has it is not known here.

mod error;
mod linkage;

use alloc::string::String;
use alloc::vec::Vec;

pub use error::{Cause, ResolveError};
pub use linkage::{Imports, Linkage, SourceId};

use crate::export::{Exports, fnv1a64};
use crate::grant::CrateSet;
use crate::object::{Object, Place};

/// Looks up the imports of `object` for a domain that was given the crates of `granted`.
///
/// # Errors
/// [`ResolveError`] with everything that is missing, forbidden or different.
pub fn resolve(
    object: &Object<'_>,
    exports: &dyn Exports,
    granted: &CrateSet,
) -> Result<Imports, ResolveError> {
    const ONLY: SourceId = SourceId(0);
    let mut linkage = Linkage::of(object);
    linkage.link(ONLY, exports, granted)?;
    let mut causes = Vec::new();
    match linkage.imports() {
        Some(imports) => {
            causes.extend(collisions(object, exports));
            ResolveError::unless_empty(causes).map(|()| imports)
        }
        None => {
            causes.extend(missing(&linkage, exports, granted));
            causes.extend(collisions(object, exports));
            Err(ResolveError::of(causes))
        }
    }
}

/// Checks that `object` publishes no interface and defines no name that `exports` has: it would stand in for another's.
///
/// # Errors
/// [`ResolveError`] with each such interface, or else each such name.
pub fn check_ownership(object: &Object<'_>, exports: &dyn Exports) -> Result<(), ResolveError> {
    ResolveError::unless_empty(collisions(object, exports))
}

/// What `linkage` lacks, each with the reason as far as `kernel`, of which `granted` was given, knows it: not there, not given, or
/// of a crate that the note does not list.
///
/// # Errors
/// [`ResolveError`], unless nothing is open any more.
pub fn check_complete(
    linkage: &Linkage,
    kernel: &dyn Exports,
    granted: &CrateSet,
) -> Result<(), ResolveError> {
    ResolveError::unless_empty(missing(linkage, kernel, granted))
}

/// Interfaces before names: with the interface, all of its names are taken.
fn collisions(object: &Object<'_>, exports: &dyn Exports) -> Vec<Cause> {
    let published = object.note().published().iter();
    let taken = published.filter(|published| exports.crate_by_name(published.name).is_some());
    let interfaces: Vec<Cause> =
        taken.map(|published| Cause::InterfaceTaken { name: published.name.into() }).collect();
    if !interfaces.is_empty() {
        return interfaces;
    }
    let defined =
        object.symbols().iter().filter(|symbol| symbol.is_global() && symbol.place() != Place::Import);
    defined
        .filter(|symbol| exports.lookup(fnv1a64(symbol.name().as_bytes()), symbol.name()).is_some())
        .map(|symbol| Cause::AlreadyExported { symbol: symbol.name().into() })
        .collect()
}

/// Interfaces before names: without the interface, all of its names are missing.
fn missing(linkage: &Linkage, kernel: &dyn Exports, granted: &CrateSet) -> Vec<Cause> {
    let interface = |name: &str| match kernel.crate_by_name(name) {
        Some(_) => Cause::ForbiddenInterface { name: name.into() },
        None => Cause::UnknownInterface { name: name.into() },
    };
    let interfaces: Vec<Cause> = linkage.open_interfaces().map(interface).collect();
    if !interfaces.is_empty() {
        return interfaces;
    }
    linkage.open_symbols().map(|symbol| missing_name(symbol, kernel, granted)).collect()
}

fn missing_name(symbol: &str, kernel: &dyn Exports, granted: &CrateSet) -> Cause {
    let Some(export) = kernel.lookup(fnv1a64(symbol.as_bytes()), symbol) else {
        return Cause::Missing { symbol: symbol.into() };
    };
    let home = kernel.crate_by_index(export.crate_index).map_or_else(String::new, |home| home.name.into());
    if granted.contains(export.crate_index) {
        Cause::Undeclared { symbol: symbol.into(), home }
    } else {
        Cause::Forbidden { symbol: symbol.into(), home }
    }
}
