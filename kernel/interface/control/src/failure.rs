//! What can go wrong, as the operator is told.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

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
    /// Others are linked to it.
    InUse {
        /// The name.
        name: String,
        /// Names of the others.
        users: Vec<String>,
    },
    /// It has not begun to run, and whoever made it has not given it up.
    NotRunning {
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
            Self::InUse { name, users } => write!(f, "`{name}` is used by {}", users.join(", ")),
            Self::NotRunning { name } => write!(f, "`{name}` has not begun to run"),
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
