//! Why a lock was not taken: one for a mutex, and one for readers and writers.

use core::fmt;

use spindle_strand::Strand;

use crate::waiting::WaitError;

/// Why a lock was not taken, or not renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockError {
    /// Who held it last, or has read it, did not come to an end with it. [`Mutex::renew`](crate::Mutex::renew) and
    /// [`RwLock::renew`](crate::RwLock::renew) put another value in its place.
    Poisoned {
        /// Who that was, if it is known.
        holder: Option<Strand>,
    },
    /// Another thread holds it, and was not to be waited for.
    Held {
        /// Its strand.
        holder: Strand,
    },
    /// The thread holds it already, or would write what it reads.
    Own {
        /// Its strand.
        holder: Strand,
    },
    /// It is not poisoned, so its value stays.
    NotPoisoned {
        /// Who holds it alone, if somebody does.
        holder: Option<Strand>,
    },
    /// Waiting has ended otherwise.
    Wait(WaitError),
}

impl fmt::Display for LockError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poisoned { holder: Some(holder) } => {
                write!(out, "strand {holder} did not come to an end with what the lock holds")
            }
            Self::Poisoned { holder: None } => out.write_str("what the lock holds is lost"),
            Self::Held { holder } => write!(out, "strand {holder} holds the lock"),
            Self::Own { holder } => write!(out, "strand {holder} holds the lock itself"),
            Self::NotPoisoned { holder: Some(holder) } => {
                write!(out, "the lock is not poisoned, strand {holder} holds it")
            }
            Self::NotPoisoned { holder: None } => out.write_str("the lock is not poisoned"),
            Self::Wait(why) => why.fmt(out),
        }
    }
}

impl core::error::Error for LockError {}

impl From<WaitError> for LockError {
    fn from(why: WaitError) -> Self {
        Self::Wait(why)
    }
}

impl From<spindle_domain::LockError> for LockError {
    fn from(why: spindle_domain::LockError) -> Self {
        Self::Wait(why.into())
    }
}
