//! Departure: when a handler that was taken off has been left by everybody.

use spindle_sync::GRACE;
use spindle_sync::grace::{Entangled, Ticket};

/// A handler is off its event; raises that began before may still be inside it.
#[derive(Clone, Copy, Debug)]
pub struct Departure {
    was_installed: bool,
    period: Ticket,
}

impl Departure {
    pub(crate) fn begin(was_installed: bool) -> Self {
        Self { was_installed, period: GRACE.start() }
    }

    /// Whether it was this call that took the handler off.
    pub fn was_installed(&self) -> bool {
        self.was_installed
    }

    /// Whether every core has ended the turn in which it was. Not before the caller's own turn has ended, too.
    pub fn is_complete(&self) -> bool {
        GRACE.is_over(&self.period)
    }

    /// Waits until every other core has ended the turn in which it was.
    ///
    /// # Errors
    /// [`Entangled`] names a core that waits for this one in the same way.
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn wait(&self) -> Result<(), Entangled> {
        GRACE.wait_for_others(&self.period)
    }
}
