//! Trouble: why a churn does not go on.

use core::fmt;

use spindle_control::{Refused, UnloadError};
use spindle_domain::DomainError;
use spindle_event::CoreId;

/// Why a churn does not go on.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// One is on already.
    Busy,
    /// Guests were not loaded.
    Load(Refused),
    /// A domain was not made, linked or run.
    Domain(DomainError),
    /// A guest was not unloaded.
    Unload(UnloadError),
    /// A core takes no post.
    Post(CoreId),
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => out.write_str("one is on already"),
            Self::Load(refused) => refused.fmt(out),
            Self::Domain(error) => error.fmt(out),
            Self::Unload(error) => error.fmt(out),
            Self::Post(core) => write!(out, "core {core} takes no post"),
        }
    }
}
