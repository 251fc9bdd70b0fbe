//! Group: coroutines of one core that share a baton.

use alloc::sync::Arc;
use core::fmt;

use spindle_event::{CoreId, cores};
use spindle_strand::{Me, Strand};

use crate::baton::Baton;
use crate::failure::BatonError;
use crate::ring::{MemberId, Ring};

/// Coroutines of one core, of which one runs at a time. `V` is what they can hand to each other with the baton.
///
/// Dropping it changes nothing for its members.
pub struct Group<V = ()> {
    core: CoreId,
    ring: Arc<Ring<V>>,
}

/// A member, as it is known outside of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which one.
    pub id: MemberId,
    /// Its strand: to end it, or to wait for its end. It runs when it has the baton, whoever unblocks it.
    pub strand: Strand,
}

impl<V: Send + 'static> Group<V> {
    /// One without members, on this core.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    #[must_use]
    pub fn new() -> Self {
        Self::on(cores::current())
    }

    /// One without members, on `core`.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    #[must_use]
    pub fn on(core: CoreId) -> Self {
        Self { core, ring: Arc::new(Ring::new()) }
    }

    /// Adds a member, behind the others. It runs `body` when it has the baton for the first time, and leaves with its end.
    ///
    /// # Errors
    /// [`BatonError::Strand`], [`BatonError::NoMemory`], [`BatonError::Busy`]; `body` is dropped.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn add<F>(&self, body: F) -> Result<Member, BatonError>
    where
        F: FnOnce(&mut Me, &Baton<'_, V>) + Send + 'static,
    {
        let id = self.ring.number();
        let place = Leaving { ring: self.ring.clone(), id };
        let strand = Strand::build().name("cothread").on(self.core).start(move |me| {
            let place = place;
            place.ring.wait(me, id);
            body(me, &Baton::new(&place.ring, id));
        })?;
        if let Err(error) = self.ring.join(id, strand) {
            // It has ended already, or does now: nobody gives it the baton.
            let _ = strand.end();
            return Err(error);
        }
        Ok(Member { id, strand })
    }

    /// Gives the baton to the first member, if no member has it.
    ///
    /// # Errors
    /// [`BatonError::Busy`].
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn begin(&self) -> Result<(), BatonError> {
        self.ring.begin()
    }
}

impl<V: Send + 'static> Default for Group<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Has a member leave when its strand is over.
struct Leaving<V: Send> {
    ring: Arc<Ring<V>>,
    id: MemberId,
}

impl<V: Send> Drop for Leaving<V> {
    fn drop(&mut self) {
        self.ring.leave(self.id);
    }
}

impl<V> fmt::Debug for Group<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Group on core {}", self.core)
    }
}
