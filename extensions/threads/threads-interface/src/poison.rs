//! Poison: whether what somebody holds comes to its end, or is given up in the middle.
//!
//! Source: Rust's `std::sync::poison`.

use spindle_strand::Strand;

/// From where something is held.
#[derive(Debug)]
pub(crate) struct Since {
    was_given_up: bool,
}

impl Since {
    /// From now on. What a destructor takes while its strand is given up comes to its end like anything else.
    pub(crate) fn now() -> Self {
        Self { was_given_up: Strand::is_current_given_up() }
    }

    /// Whether it has begun since that whoever runs here is given up.
    pub(crate) fn is_given_up(&self) -> bool {
        !self.was_given_up && Strand::is_current_given_up()
    }
}
