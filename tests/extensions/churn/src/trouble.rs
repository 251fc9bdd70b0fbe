//! Trouble: why a churn does not go on.

use core::fmt;

use spindle_clock::TimerError;
use spindle_control::{Refused, UnloadError};
use spindle_domain::DomainError;
use spindle_event::CoreId;
use spindle_nameserver::NameError;

/// Why a churn does not go on.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// One is on already.
    Busy,
    /// Guests were not loaded.
    Load(Refused),
    /// A domain was not made, linked or run.
    Domain(DomainError),
    /// What guests are linked to was not found.
    Name(NameError),
    /// A guest was not unloaded.
    Unload(UnloadError),
    /// A core has no timer.
    Timer(TimerError),
    /// A core takes no post.
    Post(CoreId),
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => out.write_str("one is on already"),
            Self::Load(refused) => refused.fmt(out),
            Self::Domain(error) => error.fmt(out),
            Self::Name(error) => error.fmt(out),
            Self::Unload(error) => error.fmt(out),
            Self::Timer(error) => error.fmt(out),
            Self::Post(core) => write!(out, "core {core} takes no post"),
        }
    }
}
