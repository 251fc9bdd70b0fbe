//! WhenFull: what becomes of a post that finds no slot, and how long a poster may wait for one.
//!
//! A poster that waits serves nothing of its own inbox. So it waits only as long as some other core is up and does not wait
//! in the same way: that one can give slots back. Two that begin to wait at once see each other and both give up.

use core::sync::atomic::{AtomicBool, Ordering};

use spindle_sync::{MAX_CORES, boundary};

use crate::cores::{self, CoreId};

/// What an event does when a post finds no slot. A post is never lost unless its event says so here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// The poster gets its event back at once.
    #[default]
    Refuse,
    /// The poster waits for a slot, and gets its event back when none can come: when every other core sleeps, or waits in
    /// the same way; or when the poster's budget is used up.
    Block,
    /// The oldest post of this event that has not arrived on that core is dropped for it. At most so many of one event are
    /// on their way to one core.
    DropOldest(u16),
}

/// Which cores wait for a slot. Each core writes its own.
static BLOCKED: [AtomicBool; MAX_CORES] = [const { AtomicBool::new(false) }; MAX_CORES];

/// A poster that waits for a slot.
pub(crate) struct Blocked {
    core: CoreId,
}

impl Blocked {
    pub(crate) fn new() -> Self {
        Self { core: cores::current() }
    }

    /// Passes some time, if there is somebody to wait for.
    pub(crate) fn may_wait(&mut self) -> bool {
        // SeqCst, as the loads: of two cores that begin to wait for each other, one at least sees the other's mark.
        BLOCKED[self.core.index() % MAX_CORES].store(true, Ordering::SeqCst);
        let can_give = |core: &CoreId| {
            *core != self.core
                && !core.is_asleep()
                && !BLOCKED[core.index() % MAX_CORES].load(Ordering::SeqCst)
        };
        cores::relax();
        !boundary::is_overdue() && cores::online().any(|core| can_give(&core))
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // A mark that stays, since its poster was given up, makes others wait less; it goes with the next post.
        BLOCKED[self.core.index() % MAX_CORES].store(false, Ordering::SeqCst);
    }
}
