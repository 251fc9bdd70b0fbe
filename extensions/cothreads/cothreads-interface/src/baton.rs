//! Baton: how a member gives the right to run away, and gets it back.

use core::fmt;

use spindle_strand::Me;

use crate::failure::BatonError;
use crate::ring::{MemberId, Ring};

/// A member's side of its group. It is lent to what the member runs, which has the baton then.
pub struct Baton<'r, V = ()> {
    ring: &'r Ring<V>,
    id: MemberId,
}

impl<'r, V: Send> Baton<'r, V> {
    pub(crate) fn new(ring: &'r Ring<V>, id: MemberId) -> Self {
        Self { ring, id }
    }

    /// Whose it is.
    pub fn id(&self) -> MemberId {
        self.id
    }

    /// What was handed to this one, if it has not got that yet: with the first baton it comes this way.
    pub fn take(&self) -> Option<V> {
        self.ring.take(self.id)
    }

    /// Has the next member in the ring run, and waits until this one has the baton again: at once if there is no other. Gives what was
    /// handed to it then.
    ///
    /// # Errors
    /// [`BatonError::Busy`].
    ///
    /// # Context
    /// The member's strand, at its own level.
    pub fn pass(&self, me: &mut Me) -> Result<Option<V>, BatonError> {
        self.ring.pass(self.id)?;
        Ok(self.wait(me))
    }

    /// Has the member `to` run, and waits until this one has the baton again. Gives what was handed to it then.
    ///
    /// # Errors
    /// As for [`pass`](Self::pass), and [`BatonError::Gone`] if there is no such member: this one goes on.
    ///
    /// # Context
    /// As for [`pass`](Self::pass).
    pub fn give_to(&self, me: &mut Me, to: MemberId) -> Result<Option<V>, BatonError> {
        self.ring.give(self.id, to, None)?;
        Ok(self.wait(me))
    }

    /// As [`give_to`](Self::give_to), and hands `value` to that member: what it waits in gives it.
    ///
    /// # Errors
    /// As for [`give_to`](Self::give_to); `value` was dropped.
    ///
    /// # Context
    /// As for [`pass`](Self::pass).
    pub fn transfer(&self, me: &mut Me, to: MemberId, value: V) -> Result<Option<V>, BatonError> {
        self.ring.give(self.id, to, Some(value))?;
        Ok(self.wait(me))
    }

    fn wait(&self, me: &mut Me) -> Option<V> {
        self.ring.wait(me, self.id);
        self.take()
    }
}

impl<V> fmt::Debug for Baton<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Baton({})", self.id)
    }
}
