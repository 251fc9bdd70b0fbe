//! What there is to say of a strand, and of who decides when it runs.

use alloc::string::String;
use alloc::vec::Vec;

use spindle_event::CoreId;
use spindle_strand::{Priority, State, Strand};

/// A strand, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrandReport {
    /// The right to it.
    pub strand: Strand,
    /// What it is called; empty if nobody has said so.
    pub name: &'static str,
    /// Whose it is.
    pub domain: String,
    /// What it does.
    pub state: State,
    /// Its priority.
    pub priority: Priority,
    /// The core that it was on last, or is to run on.
    pub core: usize,
    /// Whether it may run on no other.
    pub is_bound: bool,
    /// How long it has run, in nanoseconds.
    pub used_ns: u64,
    /// When it is to be woken, in nanoseconds of the clock.
    pub wakes_at_ns: Option<u64>,
}

/// A scheduler that stands for an office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchedulerReport {
    /// What it is called.
    pub name: String,
    /// Whose it is.
    pub domain: String,
    /// Whose office it has.
    pub cores: Vec<CoreId>,
    /// Why it gets none again.
    pub fallen: Option<String>,
}
