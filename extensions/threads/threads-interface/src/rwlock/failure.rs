//! Why a value is not to be read or changed.

use core::fmt;

use spindle_strand::Strand;

use crate::waiting::WaitError;

/// Why a value is not to be read or changed, or not renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RwLockError {
    /// A writer did not come to an end, or a reader was ended with what it read.
    /// [`RwLock::renew`](crate::RwLock::renew) puts another value in its place.
    Poisoned {
        /// Who that was, if it is known.
        holder: Option<Strand>,
    },
    /// The thread writes already, or would write what it reads.
    Own {
        /// Its strand.
        holder: Strand,
    },
    /// It is not poisoned, so its value stays.
    NotPoisoned {
        /// Who writes, if somebody does.
        writer: Option<Strand>,
    },
    /// Waiting has ended otherwise.
    Wait(WaitError),
}

impl fmt::Display for RwLockError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poisoned { holder: Some(holder) } => {
                write!(out, "strand {holder} did not come to an end with what the lock holds")
            }
            Self::Poisoned { holder: None } => out.write_str("what the lock holds is lost"),
            Self::Own { holder } => write!(out, "strand {holder} has the lock itself"),
            Self::NotPoisoned { writer: Some(writer) } => {
                write!(out, "the lock is not poisoned, strand {writer} writes")
            }
            Self::NotPoisoned { writer: None } => out.write_str("the lock is not poisoned"),
            Self::Wait(why) => why.fmt(out),
        }
    }
}

impl core::error::Error for RwLockError {}

impl From<WaitError> for RwLockError {
    fn from(why: WaitError) -> Self {
        Self::Wait(why)
    }
}

impl From<spindle_domain::LockError> for RwLockError {
    fn from(why: spindle_domain::LockError) -> Self {
        Self::Wait(why.into())
    }
}
