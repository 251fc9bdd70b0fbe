//! Resolving: everything that an object wants from the kernel, looked up and judged before a byte is placed.
//!
//! First the interfaces: same compiler, same digest for each interface crate, each crate within the grant. Then the names:
//! each import exists, belongs to a crate within the grant, and, where the crate has a digest, to one whose digest was just
//! compared; and the object defines no name that the kernel exports. All that is wrong is collected, not the first only.
//!
//! What a grant is called and who has it is not known here.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use rustc_demangle::demangle;

use crate::digest::Digest;
use crate::export::{Exports, fnv1a64};
use crate::grant::CrateSet;
use crate::note::Note;
use crate::object::{Object, Place};

/// The addresses of an object's imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imports {
    /// By symbol number; 0 for what is no import.
    addresses: Vec<u64>,
    crates: CrateSet,
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

    /// The crates from which something is imported.
    #[must_use]
    pub fn crates(&self) -> &CrateSet {
        &self.crates
    }
}

/// Looks up the imports of `object` for a domain that was given the crates of `granted`.
///
/// # Errors
/// [`ResolveError`] with everything that is missing, forbidden or different.
pub fn resolve(
    object: &Object<'_>,
    exports: &dyn Exports,
    granted: &CrateSet,
) -> Result<Imports, ResolveError> {
    let declared = check_interfaces(object.note(), exports, granted)?;
    let mut refused = Vec::new();
    let mut imports =
        Imports { addresses: Vec::with_capacity(object.symbols().len()), crates: CrateSet::new() };
    for symbol in object.symbols() {
        let mut address = 0;
        if symbol.is_global() {
            let found = exports.lookup(fnv1a64(symbol.name().as_bytes()), symbol.name());
            match (symbol.place(), found) {
                (Place::Import, None) => refused.push(Cause::Missing { symbol: symbol.name().into() }),
                (Place::Import, Some(export)) => {
                    let home = export.crate_index;
                    match judge(home, exports, granted, &declared) {
                        Some(judgement) => refused.push(judgement.of(symbol.name(), home, exports)),
                        None => address = export.address,
                    }
                    let _within_grant = imports.crates.insert(home);
                }
                (_, Some(_)) => refused.push(Cause::AlreadyExported { symbol: symbol.name().into() }),
                (_, None) => {}
            }
        }
        imports.addresses.push(address);
    }
    if refused.is_empty() { Ok(imports) } else { Err(ResolveError { causes: refused }) }
}

/// Why an import that exists is not given.
enum Judgement {
    Forbidden,
    Undeclared,
}

impl Judgement {
    fn of(self, symbol: &str, home: usize, exports: &dyn Exports) -> Cause {
        let home = exports.crate_by_index(home).map_or_else(String::new, |home| home.name.into());
        match self {
            Self::Forbidden => Cause::Forbidden { symbol: symbol.into(), home },
            Self::Undeclared => Cause::Undeclared { symbol: symbol.into(), home },
        }
    }
}

fn judge(home: usize, exports: &dyn Exports, granted: &CrateSet, declared: &CrateSet) -> Option<Judgement> {
    if !granted.contains(home) {
        return Some(Judgement::Forbidden);
    }
    let is_fixed_by_compiler = exports.crate_by_index(home).is_some_and(|home| home.digest.is_none());
    (!is_fixed_by_compiler && !declared.contains(home)).then_some(Judgement::Undeclared)
}

/// Compares what the object was compiled against with what the kernel is; returns the crates that agree.
fn check_interfaces(
    note: &Note<'_>,
    exports: &dyn Exports,
    granted: &CrateSet,
) -> Result<CrateSet, ResolveError> {
    if note.compiler() != exports.compiler() {
        let (built, kernel) = (note.compiler().into(), exports.compiler().into());
        return Err(ResolveError { causes: [Cause::OtherCompiler { built, kernel }].into() });
    }
    let mut causes = Vec::new();
    let mut declared = CrateSet::new();
    for interface in note.interfaces() {
        let name = || interface.name.into();
        match exports.crate_by_name(interface.name) {
            None => causes.push(Cause::UnknownInterface { name: name() }),
            Some((index, _)) if !granted.contains(index) => {
                causes.push(Cause::ForbiddenInterface { name: name() });
            }
            Some((_, kernel)) if kernel.digest != interface.digest => causes.push(Cause::OtherInterface {
                name: name(),
                built: interface.digest,
                kernel: kernel.digest,
            }),
            Some((index, _)) => {
                let _within_grant = declared.insert(index);
            }
        }
    }
    if causes.is_empty() { Ok(declared) } else { Err(ResolveError { causes }) }
}

/// All the reasons why an object cannot be linked to the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveError {
    causes: Vec<Cause>,
}

impl ResolveError {
    /// The reasons, one at least.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }
}

/// One reason why an object cannot be linked to the kernel. Symbols are given as the compiler mangled them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Compiled by another compiler.
    OtherCompiler {
        /// The extension's.
        built: String,
        /// The kernel's.
        kernel: String,
    },
    /// Compiled against an interface crate that the kernel does not have.
    UnknownInterface {
        /// Name of the crate.
        name: String,
    },
    /// Compiled against an interface crate that the domain was not given.
    ForbiddenInterface {
        /// Name of the crate.
        name: String,
    },
    /// Compiled against another version of an interface crate.
    OtherInterface {
        /// Name of the crate.
        name: String,
        /// What the extension saw.
        built: Digest,
        /// What the kernel has.
        kernel: Digest,
    },
    /// Imports what nobody exports.
    Missing {
        /// The import.
        symbol: String,
    },
    /// Imports from a crate that the domain was not given.
    Forbidden {
        /// The import.
        symbol: String,
        /// Name of the crate.
        home: String,
    },
    /// Imports from a crate that its note does not list, so that nothing says that both mean the same.
    Undeclared {
        /// The import.
        symbol: String,
        /// Name of the crate.
        home: String,
    },
    /// Defines a name that the kernel exports.
    AlreadyExported {
        /// The name.
        symbol: String,
    },
}

impl fmt::Display for ResolveError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, cause) in self.causes.iter().enumerate() {
            if index > 0 {
                out.write_str("; ")?;
            }
            write!(out, "{cause}")?;
        }
        Ok(())
    }
}

impl core::error::Error for ResolveError {}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherCompiler { built, kernel } => {
                write!(out, "compiled by `{built}`, the kernel by `{kernel}`")
            }
            Self::UnknownInterface { name } => write!(out, "interface `{name}` is not in this kernel"),
            Self::ForbiddenInterface { name } => {
                write!(out, "interface `{name}` was not given to this domain")
            }
            Self::OtherInterface { name, built, kernel } => {
                write!(out, "interface `{name}` differs: built against {built}, the kernel has {kernel}")
            }
            Self::Missing { symbol } => write!(out, "import `{:#}` is not exported", demangle(symbol)),
            Self::Forbidden { symbol, home } => {
                write!(out, "import `{:#}` of `{home}` was not given to this domain", demangle(symbol))
            }
            Self::Undeclared { symbol, home } => {
                write!(out, "import `{:#}` of `{home}`, which the note does not list", demangle(symbol))
            }
            Self::AlreadyExported { symbol } => {
                write!(out, "defines `{:#}`, which the kernel exports", demangle(symbol))
            }
        }
    }
}
