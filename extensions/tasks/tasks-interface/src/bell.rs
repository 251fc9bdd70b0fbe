//! Bell: one waits, any number ring.
//!
//! Who waits says so and looks again whether there is something; who has brought something rings if somebody waits. A waker lies
//! under a lock, and a lock costs more than all the rest of a message. So each side keeps the waker that it has last left or
//! found there, and takes the lock only when another is meant: the number of changes tells.
//!
//! # Orders
//!
//! `SeqCst`: who waits sets the mark, then looks for what is waited for; who rings has brought it, then looks for the mark. In the one
//! order of all these one of both sees the other. Taking the mark away is an acquire of its setting, which comes behind the
//! waker's change.
//!
//! Does not know what is waited for.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::Waker;

use crate::place::Place;

/// Of one who waits.
pub(crate) struct Bell {
    is_awaited: AtomicBool,
    /// How often the waker has changed.
    changes: AtomicU32,
    waker: Place<Waker>,
}

/// What a ringer has found the last time.
#[derive(Clone, Default)]
pub(crate) struct Found {
    changes: u32,
    waker: Option<Waker>,
}

impl Bell {
    pub(crate) const fn new() -> Self {
        Self { is_awaited: AtomicBool::new(false), changes: AtomicU32::new(0), waker: Place::new() }
    }

    /// Has `waker` woken at the next ring; `left` is what this one has left here before. The caller then looks again.
    #[inline(always)]
    pub(crate) fn wait(&self, left: &mut Option<Waker>, waker: &Waker) {
        if !left.as_ref().is_some_and(|left| left.will_wake(waker)) {
            *left = self.leave(waker);
        }
        self.is_awaited.store(true, Ordering::SeqCst);
    }

    #[cold]
    #[inline(never)]
    fn leave(&self, waker: &Waker) -> Option<Waker> {
        let mine = waker.clone();
        if self.waker.put(mine).is_err() {
            // Polled again at once, since no ring would reach it.
            waker.wake_by_ref();
            return None;
        }
        // Release: the waker comes before. Only the one who waits changes it.
        self.changes.fetch_add(1, Ordering::Release);
        Some(waker.clone())
    }

    /// Wakes the one who waits, if there is one. `found` is what this ringer has found before.
    #[inline(always)]
    pub(crate) fn ring(&self, found: &mut Found) {
        if !self.is_awaited.load(Ordering::SeqCst) || !self.is_awaited.swap(false, Ordering::SeqCst) {
            return;
        }
        // Acquire: see `leave`. No change is zero, so the first ring looks.
        let changes = self.changes.load(Ordering::Acquire);
        if found.changes != changes {
            *found = self.look(changes);
        }
        if let Some(waker) = &found.waker {
            waker.wake_by_ref();
        }
    }

    #[cold]
    #[inline(never)]
    fn look(&self, changes: u32) -> Found {
        Found { changes, waker: self.waker.get() }
    }
}
