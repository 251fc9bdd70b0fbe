//! Bell: one waits, any number ring.
//!
//! A waker lies under a lock, and a lock costs more than all the rest of a message. So each side keeps the waker that it has last left or
//! found there, and takes the lock only when another is meant: the number of changes tells.
//!
//! # Orders
//!
//! `SeqCst`: who waits leaves the waker, then looks for what is waited for; who rings has brought it, then looks for changes. In the one
//! order of all these one of both sees the other.
//!
//! Does not know what is waited for, nor whether it is now.

use core::sync::atomic::{AtomicU32, Ordering};
use core::task::Waker;

use crate::place::Place;

/// Of one who waits.
pub(crate) struct Bell {
    /// How often the waker has changed.
    changes: AtomicU32,
    waker: Place<Waker>,
}

/// What a ringer has found the last time.
#[derive(Clone)]
pub(crate) struct Found {
    changes: u32,
    waker: Waker,
}

impl Found {
    /// Nothing: it looks at its first ring.
    pub(crate) fn nothing() -> Self {
        Self { changes: 0, waker: Waker::noop().clone() }
    }
}

impl Bell {
    pub(crate) const fn new() -> Self {
        Self { changes: AtomicU32::new(0), waker: Place::new() }
    }

    /// Has `waker` woken at the next ring; `left` is what this one has left here before. The caller then looks again.
    #[inline(always)]
    pub(crate) fn wait(&self, left: &mut Waker, waker: &Waker) {
        if !left.will_wake(waker) {
            *left = self.leave(waker);
        }
    }

    #[cold]
    #[inline(never)]
    fn leave(&self, waker: &Waker) -> Waker {
        let mine = waker.clone();
        if self.waker.put(mine).is_err() {
            // Polled again at once, since no ring would reach it.
            waker.wake_by_ref();
            return Waker::noop().clone();
        }
        // Only the one who waits changes it.
        self.changes.fetch_add(1, Ordering::SeqCst);
        waker.clone()
    }

    /// Wakes the one who waits, if there was ever one. `found` is what this ringer has found before.
    #[inline(always)]
    pub(crate) fn ring(&self, found: &mut Found) {
        let changes = self.changes.load(Ordering::SeqCst);
        if found.changes != changes {
            *found = self.look(changes);
        }
        found.waker.wake_by_ref();
    }

    #[cold]
    #[inline(never)]
    fn look(&self, changes: u32) -> Found {
        let waker = self.waker.get();
        Found { changes, waker: waker.unwrap_or_else(|| Waker::noop().clone()) }
    }
}
