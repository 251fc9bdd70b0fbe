//! Held: what a name stands for.

use alloc::boxed::Box;
use core::fmt;

use spindle_capability::AnyCapability;
use spindle_domain::Domain;

/// What a name can stand for, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Names below it.
    Directory,
    /// A domain, to link to.
    Domain,
    /// The capability for an event.
    Event,
    /// The capability for an object.
    Object,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "directory",
            Self::Domain => "domain",
            Self::Event => "event",
            Self::Object => "object",
        })
    }
}

/// What an entry of the tree holds. Dropping it may run foreign code.
#[derive(Debug)]
pub(crate) enum Held {
    Directory,
    Domain(Domain),
    Event(Typed),
    Object(Typed),
}

/// A capability, and its type in words.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) capability: AnyCapability,
    /// A copy: what the compiler wrote lies in the exporter's constants, and goes with it.
    pub(crate) type_name: Box<str>,
}

impl Held {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Directory => Kind::Directory,
            Self::Domain(_) => Kind::Domain,
            Self::Event(_) => Kind::Event,
            Self::Object(_) => Kind::Object,
        }
    }

    pub(crate) fn capability(&self) -> Option<&AnyCapability> {
        match self {
            Self::Event(typed) | Self::Object(typed) => Some(&typed.capability),
            Self::Directory | Self::Domain(_) => None,
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory => Ok(()),
            Self::Domain(domain) => write!(f, "{} ({})", domain.id(), domain.rights()),
            Self::Event(typed) | Self::Object(typed) => f.write_str(&typed.type_name),
        }
    }
}
