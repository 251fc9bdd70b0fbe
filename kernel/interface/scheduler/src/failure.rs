//! Why somebody does not get an office.

use alloc::string::String;
use core::fmt;

use spindle_event::{CoreId, InstallError};

/// Why somebody does not stand for an office, or is not appointed to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OfficeError {
    /// Nobody of that name or number stands.
    Unknown {
        /// The name that was asked for.
        name: String,
    },
    /// Somebody else stands under that name, or it is the kernel's own.
    Known {
        /// The name.
        name: String,
    },
    /// As many stand as there can be.
    TooMany {
        /// So many.
        limit: usize,
    },
    /// Nobody may keep others waiting that long.
    TooPatient {
        /// What was promised, in nanoseconds.
        longest_ns: u64,
        /// The most there can be.
        most_ns: u64,
    },
    /// It has lost an office before, and gets none again until it is loaded anew.
    Fallen {
        /// Its name.
        name: String,
        /// Why it has lost it.
        why: String,
    },
    /// There is no such core, or it does not run.
    Offline {
        /// The core.
        core: CoreId,
    },
    /// It can't be told of anything.
    Install(InstallError),
    /// The kernel has no offices.
    NotServed,
}

impl fmt::Display for OfficeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(f, "no scheduler is called `{name}`"),
            Self::Known { name } => write!(f, "another scheduler is called `{name}`"),
            Self::TooMany { limit } => write!(f, "{limit} schedulers stand already"),
            Self::TooPatient { longest_ns, most_ns } => {
                write!(f, "nobody may be kept waiting for {longest_ns} ns; the most is {most_ns} ns")
            }
            Self::Fallen { name, why } => write!(f, "`{name}` has lost its office: {why}"),
            Self::Offline { core } => write!(f, "core {core} does not run"),
            Self::Install(error) => fmt::Display::fmt(error, f),
            Self::NotServed => f.write_str("the kernel has no offices"),
        }
    }
}

impl core::error::Error for OfficeError {}
