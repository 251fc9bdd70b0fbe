//! Linkage: how far an object is linked, and to whom.
//!
//! It owns what it needs of the object, so it outlives the object's bytes. Linking to a source changes nothing when it is
//! refused.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use rustc_demangle::demangle;

use super::error::{Cause, ResolveError};
use crate::digest::Digest;
use crate::export::{Exports, fnv1a64};
use crate::grant::CrateSet;
use crate::object::{Object, Place};

/// Names a source that an object is linked to; what the numbers mean is the caller's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// The addresses of an object's imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imports {
    /// By symbol number; 0 for what is no import.
    addresses: Vec<u64>,
}

impl Imports {
    /// Address of the import with symbol number `symbol`.
    pub(crate) fn address(&self, symbol: usize) -> Option<u64> {
        self.addresses.get(symbol).copied()
    }

    /// How many symbols they are for.
    pub(crate) fn count(&self) -> usize {
        self.addresses.len()
    }
}

/// An interface crate that the object was compiled against.
#[derive(Clone, Debug)]
struct Interface {
    name: String,
    digest: Digest,
    /// Who has it, with the same digest, and under which number.
    home: Option<(SourceId, usize)>,
}

/// A name that the object wants.
#[derive(Clone, Debug)]
struct Import {
    /// Number in the object's symbol table.
    number: usize,
    symbol: String,
    hash: u64,
    /// Where it was found.
    found: Option<Found>,
}

/// Whose a name is, and where it is.
#[derive(Clone, Copy, Debug)]
struct Found {
    source: SourceId,
    /// Number of its crate there.
    home: usize,
    address: u64,
}

/// What an object imports, and what of it was found.
#[derive(Clone, Debug)]
pub struct Linkage {
    compiler: String,
    interfaces: Vec<Interface>,
    imports: Vec<Import>,
    /// How many symbols the object has.
    symbols: usize,
}

impl Linkage {
    /// All that `object` wants, and nothing found.
    #[must_use]
    pub fn of(object: &Object<'_>) -> Self {
        let note = object.note();
        let interfaces = note.interfaces().iter();
        let imports =
            object.symbols().iter().enumerate().filter(|(_, symbol)| symbol.place() == Place::Import);
        Self {
            compiler: note.compiler().into(),
            interfaces: interfaces
                .map(|wanted| Interface { name: wanted.name.into(), digest: wanted.digest, home: None })
                .collect(),
            imports: imports
                .map(|(number, symbol)| Import {
                    number,
                    symbol: symbol.name().into(),
                    hash: fnv1a64(symbol.name().as_bytes()),
                    found: None,
                })
                .collect(),
            symbols: object.symbols().len(),
        }
    }

    /// Takes from `exports`, called `source` from now on, what is still open and within `granted`; says how many names that
    /// were.
    ///
    /// # Errors
    /// [`ResolveError`] when both mean different things by one name: another compiler, another digest. Nothing has changed
    /// then.
    pub fn link(
        &mut self,
        source: SourceId,
        exports: &dyn Exports,
        granted: &CrateSet,
    ) -> Result<usize, ResolveError> {
        if self.compiler != exports.compiler() {
            let (built, kernel) = (self.compiler.clone(), exports.compiler().into());
            return Err(ResolveError::of([Cause::OtherCompiler { built, kernel }].into()));
        }
        let homes = self.homes(exports, granted)?;
        let found = self.found(source, &homes, exports, granted);
        let open = self.interfaces.iter_mut().zip(homes).filter(|(interface, _)| interface.home.is_none());
        open.for_each(|(interface, home)| interface.home = home.map(|number| (source, number)));
        let count = found.len();
        for (at, home, address) in found {
            if let Some(import) = self.imports.get_mut(at) {
                import.found = Some(Found { source, home, address });
            }
        }
        Ok(count)
    }

    /// Gives back what was found in the crates `of` of `source`; says how many names that were.
    pub fn unlink(&mut self, source: SourceId, of: &CrateSet) -> usize {
        for interface in &mut self.interfaces {
            interface.home = interface.home.filter(|(home, number)| *home != source || !of.contains(*number));
        }
        let is_meant = |found: Found| found.source == source && of.contains(found.home);
        let meant = self.imports.iter_mut().filter(|import| import.found.is_some_and(is_meant));
        meant.map(|import| import.found = None).count()
    }

    /// The crate's number in `exports` for each interface, where it is there with the same digest.
    fn homes(&self, exports: &dyn Exports, granted: &CrateSet) -> Result<Vec<Option<usize>>, ResolveError> {
        let mut causes = Vec::new();
        let homes = self.interfaces.iter().map(|interface| {
            let (number, there) = exports.crate_by_name(&interface.name)?;
            if interface.home.is_some() || !granted.contains(number) {
                return None;
            }
            if there.digest != interface.digest {
                let (name, built, kernel) = (interface.name.clone(), interface.digest, there.digest);
                causes.push(Cause::OtherInterface { name, built, kernel });
            }
            Some(number)
        });
        let homes = homes.collect();
        ResolveError::unless_empty(causes).map(|()| homes)
    }

    /// Which open imports `exports` has: their place in the list, their crate, their address. A crate of
    /// which nobody compared the digest has nothing to give.
    fn found(
        &self,
        source: SourceId,
        homes: &[Option<usize>],
        exports: &dyn Exports,
        granted: &CrateSet,
    ) -> Vec<(usize, usize, u64)> {
        let is_compared = |home: usize| {
            let mut earlier = self.interfaces.iter().filter_map(|interface| interface.home);
            homes.contains(&Some(home)) || earlier.any(|earlier| earlier == (source, home))
        };
        // The compiler's own crates have no digest: it was compared as a whole.
        let is_fixed = |home: usize| exports.crate_by_index(home).is_some_and(|home| home.digest.is_none());
        let open = self.imports.iter().enumerate().filter(|(_, import)| import.found.is_none());
        open.filter_map(|(at, import)| {
            let export = exports.lookup(import.hash, &import.symbol)?;
            let home = export.crate_index;
            let is_given = granted.contains(home) && (is_compared(home) || is_fixed(home));
            is_given.then_some((at, home, export.address))
        })
        .collect()
    }

    /// Names of the interfaces that no source had so far.
    pub fn open_interfaces(&self) -> impl Iterator<Item = &str> {
        self.interfaces.iter().filter(|interface| interface.home.is_none()).map(|interface| &*interface.name)
    }

    /// The names that no source had so far, as the compiler mangled them.
    pub fn open_symbols(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().filter(|import| import.found.is_none()).map(|import| &*import.symbol)
    }

    /// All that no source had so far: interfaces, then names as they were written.
    #[must_use]
    pub fn open(&self) -> Vec<String> {
        let names = self.open_symbols().map(|symbol| format!("{:#}", demangle(symbol)));
        self.open_interfaces().map(String::from).chain(names).collect()
    }

    /// How many names the object imports.
    #[must_use]
    pub fn import_count(&self) -> usize {
        self.imports.len()
    }

    /// The sources from which something was taken, an interface or a name; in rising order.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceId> {
        let homes = self.interfaces.iter().filter_map(|interface| interface.home).map(|(source, _)| source);
        let found = self.imports.iter().filter_map(|import| import.found).map(|found| found.source);
        let mut sources = Vec::new();
        for source in homes.chain(found) {
            if let Err(at) = sources.binary_search(&source) {
                sources.insert(at, source);
            }
        }
        sources
    }

    /// The interface crates that were taken from `source`, by their numbers there.
    #[must_use]
    pub fn crates_of(&self, source: SourceId) -> CrateSet {
        let homes = self.interfaces.iter().filter_map(|interface| interface.home);
        homes.filter(|(home, _)| *home == source).map(|(_, number)| number).collect()
    }

    /// The addresses, once nothing is open any more.
    #[must_use]
    pub fn imports(&self) -> Option<Imports> {
        if self.open_interfaces().next().is_some() {
            return None;
        }
        let mut addresses = alloc::vec![0; self.symbols];
        for import in &self.imports {
            *addresses.get_mut(import.number)? = import.found?.address;
        }
        Some(Imports { addresses })
    }
}
