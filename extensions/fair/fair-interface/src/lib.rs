//! Fair interface: who asks for a share of a core says it here.
//!
//! A share is a weight and a slice. Of the cores that the scheduler `fair` has, each strand gets its weight out of the sum of the weights of
//! all that can run there; a short slice has it served soon after it wakes, and no more often than its weight allows. A strand for which nothing
//! was said has the weight of its priority.
//!
//! Whoever holds a strand may say what its share is. This crate does not know how shares are kept.
#![no_std]

use core::fmt;

use spindle_event::{Event, Last, Owner};
use spindle_strand::Strand;

/// Owns the event.
static SHARES: Owner = Owner::new();

/// Raised to ask for a share. Served by the extension `fair`.
pub static SHARE: Event<Share, Result<(), ShareError>, Last> =
    Event::new("fair-share", &SHARES).open_to_all();

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// For whom.
    pub strand: Strand,
    /// How much of the sum of all weights.
    pub weight: u32,
    /// How long it would run at a time, in nanoseconds.
    pub slice_ns: u64,
}

/// Why it is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareError {
    /// The weight is zero, or too much.
    Weight {
        /// The weight.
        weight: u32,
    },
    /// The slice is zero, or too long.
    Slice {
        /// The slice, in nanoseconds.
        slice_ns: u64,
    },
    /// Shares were being changed by somebody who failed.
    Broken,
    /// The extension `fair` does not serve it.
    NotServed,
}

impl fmt::Display for ShareError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weight { weight } => write!(out, "no share has a weight of {weight}"),
            Self::Slice { slice_ns } => write!(out, "no share has a slice of {slice_ns} ns"),
            Self::Broken => out.write_str("shares were being changed by somebody who failed"),
            Self::NotServed => out.write_str("nobody serves shares"),
        }
    }
}

impl core::error::Error for ShareError {}

impl Share {
    /// Asks for it: from the next time on that the strand can run.
    ///
    /// # Errors
    /// [`ShareError`]; its share is what it was.
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn ask(&self) -> Result<(), ShareError> {
        SHARE.raise(self).unwrap_or(Err(ShareError::NotServed))
    }
}
