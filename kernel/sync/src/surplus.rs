//! Surplus: messages that are for no core in particular, for whoever has nothing else to do.
//!
//! Anyone pushes; a core that has found its own inbox empty takes. Messages come out in the order in which they went in.
//!
//! # No message is left while every core sleeps
//!
//! A core that is about to sleep marks its inbox as asleep ([`Consumer::try_sleep`]) and then asks [`is_any`](Surplus::is_any). Who
//! pushes counts the message first and then looks for a core that is marked. Between each pair lies a sequentially
//! consistent fence. There is one order of fences: if the sleeper's comes first, the pusher sees its mark, and wakes it;
//! if the pusher's does, the sleeper sees the count, and does not sleep.
//!
//! Knows nothing of how a core is woken.

use core::fmt;

use crate::envelope::Envelope;
use crate::inbox::{Consumer, Inbox, Wake};
use crate::lock::Lock;
use crate::primitive::{AtomicUsize, Ordering, const_unless_loom, fence};

/// Messages for whoever has nothing else to do.
pub struct Surplus<T: Send + 'static> {
    inbox: Inbox<T>,
    /// The end that takes. Lock order: nothing else is locked while this is held.
    taker: Lock<Option<Consumer<T>>>,
    /// How many there are; counted before they go in and after they have come out.
    count: AtomicUsize,
}

impl<T: Send> Surplus<T> {
    const_unless_loom! {
        /// None.
        #[expect(clippy::new_without_default, reason = "it is a static, never a default")]
        pub const fn new() -> Self {
            Self { inbox: Inbox::new(), taker: Lock::new(None), count: AtomicUsize::new(0) }
        }
    }

    /// Puts a message in. Whoever calls looks for a sleeping core next, and wakes it.
    ///
    /// # Context
    ///
    /// Any core, interrupts included. Neither waits nor allocates.
    pub fn push(&self, envelope: Envelope<T>) {
        // Relaxed: ordered by the fence below, opposite to that of `is_any`.
        self.count.fetch_add(1, Ordering::Relaxed);
        // Nobody sleeps on this inbox.
        let _: Wake = self.inbox.push(envelope);
        // SeqCst: between the count and the look for marks; see the module.
        fence(Ordering::SeqCst);
    }

    /// Takes the oldest message out.
    ///
    /// # Context
    ///
    /// Not in an interrupt: it may wait for another core that takes.
    pub fn pop(&'static self) -> Option<Envelope<T>> {
        // Relaxed: what is missed here is seen by `is_any`, before the core sleeps.
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut taker = self.taker.lock();
        if taker.is_none() {
            *taker = self.inbox.take_consumer();
        }
        let taken = taker.as_mut()?.pop()?;
        // Relaxed: a count that is too high for a moment keeps somebody awake.
        self.count.fetch_sub(1, Ordering::Relaxed);
        Some(taken)
    }

    /// Whether a message is there. Asked by a core that has marked itself as asleep, and is not yet.
    pub fn is_any(&self) -> bool {
        // SeqCst: between the mark and the count; see the module.
        fence(Ordering::SeqCst);
        self.count.load(Ordering::Relaxed) != 0
    }
}

impl<T: Send> fmt::Debug for Surplus<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surplus").finish_non_exhaustive()
    }
}
