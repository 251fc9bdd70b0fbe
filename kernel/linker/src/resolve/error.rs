//! Why an object cannot be linked.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use rustc_demangle::demangle;

use crate::digest::Digest;

/// All the reasons why an object cannot be linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveError {
    // INVARIANT: not empty.
    causes: Vec<Cause>,
}

impl ResolveError {
    /// Nothing, when there are no causes.
    pub(super) fn unless_empty(causes: Vec<Cause>) -> Result<(), Self> {
        if causes.is_empty() { Ok(()) } else { Err(Self { causes }) }
    }

    /// These, of which there is one at least.
    pub(super) fn of(causes: Vec<Cause>) -> Self {
        Self { causes }
    }

    /// The reasons, one at least.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }
}

/// One reason why an object cannot be linked. Symbols are given as the compiler mangled them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Compiled by another compiler.
    OtherCompiler {
        /// The extension's.
        built: String,
        /// The kernel's.
        kernel: String,
    },
    /// Compiled against an interface crate that neither the kernel has nor a domain that it is linked to.
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
    /// Publishes an interface crate of a name that is taken.
    InterfaceTaken {
        /// Name of the crate.
        name: String,
    },
    /// Defines a name that somebody exports.
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
            Self::UnknownInterface { name } => {
                write!(
                    out,
                    "interface `{name}` is not in this kernel, and no domain that it is linked to publishes it"
                )
            }
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
            Self::InterfaceTaken { name } => {
                write!(out, "publishes interface `{name}`, which is there already")
            }
            Self::AlreadyExported { symbol } => {
                write!(out, "defines `{:#}`, which is exported already", demangle(symbol))
            }
        }
    }
}
