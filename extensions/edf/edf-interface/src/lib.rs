//! Edf interface: who has deadlines says so here.
//!
//! A strand that is admitted to a core gets `budget_ns` of it within each `period_ns`, as long as it is bound to that core and the
//! scheduler `edf` has it. What is asked for in excess of what a core can serve is refused. A strand for which nothing was said runs when
//! nobody with a deadline can.
//!
//! Whoever holds a strand may say what it needs. This crate does not know how deadlines are kept.
#![no_std]

use core::fmt;

use spindle_event::{CoreId, Event, Last, Owner};
use spindle_strand::Strand;

/// Owns the event.
static DEADLINES: Owner = Owner::new();

/// Raised to ask for time by a deadline, or no longer. Served by the extension `edf`.
pub static NEED: Event<Need, Result<(), NeedError>, Last> = Event::new("edf-need", &DEADLINES).open_to_all();

/// What a strand needs of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Who.
    pub strand: Strand,
    /// Of which core.
    pub core: CoreId,
    /// In each period of so many nanoseconds; nothing any more, if none.
    pub terms: Option<Terms>,
}

/// How much, and by when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The period, in nanoseconds: what was asked for is had by its end.
    pub period_ns: u64,
    /// How much of it, in nanoseconds.
    pub budget_ns: u64,
}

/// Why it is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeedError {
    /// The period is zero, or longer than anybody may be kept waiting.
    Period {
        /// The period, in nanoseconds.
        period_ns: u64,
    },
    /// The budget is zero, or longer than the period.
    Budget {
        /// The budget, in nanoseconds.
        budget_ns: u64,
        /// The period, in nanoseconds.
        period_ns: u64,
    },
    /// Together with what was admitted, it would be more than the core can serve.
    Load {
        /// What was admitted, in parts per million of the core.
        taken_ppm: u64,
        /// What was asked for, in the same.
        asked_ppm: u64,
        /// The most there can be, in the same.
        bound_ppm: u64,
    },
    /// It was admitted already.
    Known,
    /// It was not admitted.
    Unknown,
    /// There is no such core, or what was kept of it was left half-changed.
    Broken {
        /// The core.
        core: CoreId,
    },
    /// The extension `edf` does not serve it.
    NotServed,
}

impl fmt::Display for NeedError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Period { period_ns } => write!(out, "a period of {period_ns} ns is none"),
            Self::Budget { budget_ns, period_ns } => {
                write!(out, "a budget of {budget_ns} ns is none for a period of {period_ns} ns")
            }
            Self::Load { taken_ppm, asked_ppm, bound_ppm } => {
                write!(out, "{asked_ppm} ppm do not fit: {taken_ppm} ppm of {bound_ppm} ppm are taken")
            }
            Self::Known => out.write_str("it was admitted already"),
            Self::Unknown => out.write_str("it was not admitted"),
            Self::Broken { core } => write!(out, "nothing is kept of core {core}"),
            Self::NotServed => out.write_str("nobody serves deadlines"),
        }
    }
}

impl core::error::Error for NeedError {}

impl Need {
    /// Asks for it.
    ///
    /// # Errors
    /// [`NeedError`]; it has what it had.
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn ask(&self) -> Result<(), NeedError> {
        NEED.raise(self).unwrap_or(Err(NeedError::NotServed))
    }
}
