//! Why something is not done with a strand.

use alloc::string::String;
use core::fmt;

use spindle_event::{CoreId, InstallError};

/// Why something is not done with a strand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StrandError {
    /// It has ended.
    Ended {
        /// Its number.
        strand: u64,
    },
    /// The kernel has as many as it can have.
    TooMany {
        /// So many.
        limit: usize,
    },
    /// The domain has as many as it may have.
    OverQuota {
        /// Whose closure it is.
        domain: String,
        /// So many.
        limit: usize,
    },
    /// No stack is that large.
    StackTooLarge {
        /// What was asked for.
        bytes: usize,
        /// The largest there is.
        most: usize,
    },
    /// There is no memory for its stack.
    NoMemory {
        /// So much.
        bytes: usize,
    },
    /// There is no such core, or it does not run.
    Offline {
        /// The core.
        core: CoreId,
    },
    /// The domain that its closure belongs to is about to end.
    Leaving {
        /// Its name.
        domain: String,
    },
    /// Somebody waits for its end already.
    Awaited {
        /// The strand whose end it is.
        strand: u64,
    },
    /// Its events take no (more) handlers.
    Install(InstallError),
    /// A strand can't wait for its own end.
    Itself,
    /// The kernel has no strands.
    NotServed,
}

impl fmt::Display for StrandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { strand } => write!(f, "strand {strand} has ended"),
            Self::TooMany { limit } => write!(f, "there are {limit} strands already"),
            Self::OverQuota { domain, limit } => write!(f, "`{domain}` has {limit} strands already"),
            Self::StackTooLarge { bytes, most } => {
                write!(f, "no stack has {bytes} bytes; the largest has {most}")
            }
            Self::NoMemory { bytes } => write!(f, "no memory for a stack of {bytes} bytes"),
            Self::Offline { core } => write!(f, "core {core} does not run"),
            Self::Leaving { domain } => write!(f, "`{domain}` is about to end"),
            Self::Awaited { strand } => write!(f, "somebody waits for the end of strand {strand} already"),
            Self::Install(error) => fmt::Display::fmt(error, f),
            Self::Itself => f.write_str("a strand can't wait for its own end"),
            Self::NotServed => f.write_str("the kernel has no strands"),
        }
    }
}

impl core::error::Error for StrandError {}
