//! Package: who schedules a strand, and keeps what goes with it.
//!
//! A thread package handles the events of its own strands, and of no others: it shows the capability of each. What it does with them
//! concerns nobody else. One that does not pass on an `UNBLOCK` leaves its strand blocked; one that does not bring back at
//! `RESUME` what it put away at `CHECKPOINT` has its strand find something else there.
//!
//! A package that handles `UNBLOCK` is its strands' scheduler: it hands to the kernel's own ([`Strand::admit`]) whom it
//! would have run now, and learns by `CHECKPOINT` when to hand over the next.
//!
//! Source: Bershad and others, SOSP 1995, 4.2, figure 3.

use spindle_event::{Binding, Event, Pattern};

use crate::STRANDS;
use crate::events::{BLOCK, CHECKPOINT, RESUME, STRAND, UNBLOCK};
use crate::failure::StrandError;
use crate::service::strands;
use crate::strand::Strand;

/// When a package does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Somebody would have the strand wait. The kernel's own scheduler is not told.
    Block,
    /// Somebody would have the strand run. The kernel's own scheduler is not told.
    Unblock,
    /// The strand is about to have this core.
    Resume,
    /// The strand does not have this core any more. [`Strand::state`] says what it does.
    Checkpoint,
}

impl Moment {
    fn event(self) -> &'static Event<Strand> {
        match self {
            Self::Block => &BLOCK,
            Self::Unblock => &UNBLOCK,
            Self::Resume => &RESUME,
            Self::Checkpoint => &CHECKPOINT,
        }
    }
}

impl Strand {
    /// Has `handler` called for this strand at that moment, until the binding is uninstalled. At `Resume` and `Checkpoint` it is called on the
    /// strand's core, which stays the same from here on, and each switch to and from the strand takes longer.
    ///
    /// What the kernel itself does (a sleep that is over, the end of one that was waited for) goes by no event.
    ///
    /// # Errors
    /// [`StrandError::Ended`], [`StrandError::NotServed`], [`StrandError::Install`].
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn on<F>(&self, moment: Moment, handler: F) -> Result<Binding, StrandError>
    where
        F: Fn(&Self) + Send + Sync + 'static,
    {
        let strands = strands().ok_or(StrandError::NotServed)?;
        if matches!(moment, Moment::Resume | Moment::Checkpoint) {
            strands.host(*self)?;
        }
        let owned = moment.event().owned(&STRANDS).map_err(|error| StrandError::Install(error.into()))?;
        let proposal = owned.bind().when(&STRAND, Pattern::equal(self.number()));
        proposal.install(handler).map_err(StrandError::Install)
    }

    /// Has the kernel's own scheduler run the strand, whoever handles `UNBLOCK` for it.
    ///
    /// # Context
    /// As for [`unblock`](Self::unblock).
    pub fn admit(&self) {
        if let Some(strands) = strands() {
            strands.admit(*self);
        }
    }

    /// Has the kernel's own scheduler let the strand wait, whoever handles `BLOCK` for it.
    ///
    /// # Context
    /// As for [`unblock`](Self::unblock).
    pub fn withhold(&self) {
        if let Some(strands) = strands() {
            strands.withhold(*self);
        }
    }
}
