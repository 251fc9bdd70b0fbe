//! What can go wrong, as the operator is told.

use alloc::string::String;
use core::fmt;

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
    /// Finding the file in the boot archive.
    Find,
    /// Checking the signature.
    Signature,
    /// Reading the object.
    Parse,
    /// Comparing the interfaces it was built against with the kernel's.
    Interface,
    /// Looking up what it imports among what it was granted.
    Resolve,
    /// Finding room for it.
    Place,
    /// Relocating it.
    Relocate,
    /// Running its entry.
    Init,
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
        })
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` refused at {}: {}", self.file, self.stage, self.reason)
    }
}

impl core::error::Error for Refused {}

/// A domain was not unloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnloadError {
    /// There is none of that name.
    Unknown {
        /// The name.
        name: String,
    },
    /// It is being unloaded already.
    Ending {
        /// The name.
        name: String,
    },
    /// Its entry has not returned yet.
    Starting {
        /// The name.
        name: String,
    },
    /// It is the last one that gives the kernel orders.
    LastShell {
        /// The name.
        name: String,
    },
}

impl fmt::Display for UnloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(f, "no domain `{name}` is loaded"),
            Self::Ending { name } => write!(f, "`{name}` is being unloaded already"),
            Self::Starting { name } => write!(f, "`{name}` is still starting"),
            Self::LastShell { name } => write!(f, "`{name}` is the last shell"),
        }
    }
}

impl core::error::Error for UnloadError {}

/// An event of a name can't be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventError {
    /// None of that name is declared.
    Unknown {
        /// The name.
        name: String,
    },
    /// Its runs are not noted.
    NotTraced {
        /// The name.
        name: String,
    },
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(f, "no event `{name}` is declared"),
            Self::NotTraced { name } => write!(f, "event `{name}` is not traced"),
        }
    }
}

impl core::error::Error for EventError {}

/// The kernel does not serve this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotServed;

impl fmt::Display for NotServed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the kernel does not serve control")
    }
}

impl core::error::Error for NotServed {}
