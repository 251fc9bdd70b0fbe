//! Trouble: why chaos does not go on.

use core::fmt;

use spindle_clock::TimerError;
use spindle_control::{Refused, UnloadError};

use crate::CORES;

/// Why chaos does not go on.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It is on already.
    Busy,
    /// There are so many cores, which is too many.
    Cores(usize),
    /// The culprit was not loaded.
    Load(Refused),
    /// The culprit was not unloaded.
    Unload(UnloadError),
    /// A core has no timer.
    Timer(TimerError),
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => out.write_str("it is on already"),
            Self::Cores(count) => write!(out, "{count} cores are more than {CORES}"),
            Self::Load(refused) => refused.fmt(out),
            Self::Unload(error) => error.fmt(out),
            Self::Timer(error) => error.fmt(out),
        }
    }
}
