//! What can go wrong with a domain.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::identity::DomainId;
use crate::rights::Rights;

/// Why something was not done with a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DomainError {
    /// The kernel serves no domains (yet).
    NotServed,
    /// The value does not carry the right.
    NoRight {
        /// Of which domain.
        domain: DomainId,
        /// The right that is needed.
        wanted: Rights,
        /// Those that it carries.
        rights: Rights,
    },
    /// The domain has ended.
    Gone {
        /// Its number.
        domain: DomainId,
    },
    /// The object is not what it must be, can't be linked or placed, or its entry failed.
    Refused(Refused),
    /// The asker is not linked to a crate of this name itself.
    NotLinked {
        /// The crate.
        interface: String,
    },
    /// A container's name is one word of at most 64 letters, digits, `-`, `_` and `.`.
    NotAName {
        /// What was offered.
        name: String,
    },
    /// The domain is no container.
    NotAContainer {
        /// Its name.
        name: String,
    },
    /// The container would hold itself.
    Circle {
        /// Its name.
        name: String,
    },
    /// The domain is no object that is still to be linked: a container, or it runs already.
    NotOpen {
        /// Its name.
        name: String,
    },
    /// Not all that is imported was found.
    Unresolved {
        /// Whose imports.
        name: String,
        /// All that is open: interfaces, then names.
        open: Vec<String>,
    },
    /// Others are linked to it.
    InUse {
        /// Its name.
        name: String,
        /// Names of the others.
        users: Vec<String>,
    },
    /// It can't be ended now.
    NotNow {
        /// Its name.
        name: String,
        /// What it is doing.
        state: &'static str,
    },
    /// The extension has made as many domains as it may have at a time.
    TooMany {
        /// How many.
        most: usize,
    },
}

impl fmt::Display for DomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotServed => f.write_str("the kernel does not serve domains"),
            Self::NoRight { domain, wanted, rights } => {
                write!(f, "domain {domain} is held with the right to {rights}, not to {wanted}")
            }
            Self::Gone { domain } => write!(f, "domain {domain} has ended"),
            Self::Refused(refused) => refused.fmt(f),
            Self::NotLinked { interface } => write!(f, "the asker is not linked to `{interface}` itself"),
            Self::NotAName { name } => write!(f, "`{}` can't name a domain", name.escape_debug()),
            Self::NotAContainer { name } => write!(f, "`{name}` is no container"),
            Self::Circle { name } => write!(f, "`{name}` would hold itself"),
            Self::NotOpen { name } => write!(f, "`{name}` is not an object that is still to be linked"),
            Self::Unresolved { name, open } => write!(f, "`{name}` lacks {}", open.join(", ")),
            Self::InUse { name, users } => write!(f, "`{name}` is used by {}", users.join(", ")),
            Self::NotNow { name, state } => write!(f, "`{name}` is {state}"),
            Self::TooMany { most } => write!(f, "more than {most} domains of one extension's making"),
        }
    }
}

impl core::error::Error for DomainError {}

/// An object was not loaded. Nothing of it is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The file.
    pub file: String,
    /// How far it came.
    pub stage: Stage,
    /// The reason, with the section, symbol or interface it is about.
    pub reason: String,
}

/// The steps of a load, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Finding the file, or what it is to be linked to.
    Find,
    /// Checking the signature.
    Signature,
    /// Reading the object.
    Parse,
    /// Comparing the interfaces it was built against with those of what it is linked to.
    Interface,
    /// Looking up what it imports.
    Resolve,
    /// Finding room for it.
    Place,
    /// Relocating it.
    Relocate,
    /// Running its entry.
    Init,
    /// Taking the place of another.
    Replace,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Find => "find",
            Self::Signature => "signature",
            Self::Parse => "parse",
            Self::Interface => "interface",
            Self::Resolve => "resolve",
            Self::Place => "place",
            Self::Relocate => "relocate",
            Self::Init => "init",
            Self::Replace => "replace",
        })
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` refused at {}: {}", self.file, self.stage, self.reason)
    }
}

impl core::error::Error for Refused {}
