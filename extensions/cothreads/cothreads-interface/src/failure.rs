//! Why nobody joins a group, and why the baton stays where it is.

use core::fmt;

use spindle_domain::LockError;
use spindle_strand::StrandError;

use crate::ring::MemberId;

/// Why nobody joins a group, or the baton stays where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatonError {
    /// There is no such member, or none any more.
    Gone {
        /// Who was meant.
        member: MemberId,
    },
    /// A member that does not have the baton can't give it.
    NotYours {
        /// Who tried it.
        member: MemberId,
    },
    /// The member's strand does not begin.
    Strand(StrandError),
    /// There is no memory for one more.
    NoMemory,
    /// The ring is not to be had: who asked is ended, or holds too many locks.
    Busy(LockError),
}

impl fmt::Display for BatonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone { member } => write!(f, "member {member} is not there"),
            Self::NotYours { member } => write!(f, "member {member} does not have the baton"),
            Self::Strand(error) => write!(f, "the member does not begin: {error}"),
            Self::NoMemory => f.write_str("no memory for one more member"),
            Self::Busy(error) => write!(f, "the ring is not to be had: {error}"),
        }
    }
}

impl core::error::Error for BatonError {}

impl From<LockError> for BatonError {
    fn from(error: LockError) -> Self {
        Self::Busy(error)
    }
}

impl From<StrandError> for BatonError {
    fn from(error: StrandError) -> Self {
        Self::Strand(error)
    }
}
