//! Whether a message is over: run, or dropped, to the end.
//!
//! Each slot has a word that counts: up by one when the slot is taken, and by one when the message in it is over. So
//! it is odd while the slot is taken. A [`Delivery`] is the slot and the count that one message has; once the count
//! has moved on, that message is over. Nothing is owned: a delivery can be copied and forgotten, and costs whoever
//! ends the message nothing, since the end is what frees the slot.
//!
//! # Ordering
//!
//! The count and the flag that somebody watches the message are one word, so all changes of the two have one order.
//!
//! - *End*: count (release). Whoever finds the count moved on (acquire) has all that the message did behind it: it
//!   reads what the end has left, or what came later; the core that takes the slot next acquires the first and
//!   releases the second, and all other changes are read-modify-write.
//! - *Watch*: with the table of wakers locked, set the flag by exchange, for the expected count only, and put the
//!   waker in. Either the end comes later in the word's order: then it finds the flag, waits for the lock, and finds
//!   the waker. Or it comes earlier: then the exchange fails, and the watcher is told that the message is over. So no
//!   wake-up is lost.
//! - The flag is taken down after the end, when the waker has been taken out (release); until then the slot is not
//!   free (acquire). So each message finds the flag down, and no other message's waker under its slot.
//!
//! Wakers are foreign code. None is cloned, woken or dropped while the table is locked.
//!
//! Knows neither what a message does nor who waits.

use alloc::collections::BTreeMap;
use core::fmt;
use core::ptr;
use core::task::Waker;

use crate::lock::Lock;
use crate::primitive::{AtomicU64, Ordering};

/// In the word of a slot: somebody watches the message that is in it. The bits above are the count.
const WATCHED: u64 = 1;
/// One, in the count.
const ONE: u64 = 2;

/// Who is to be woken, by the address of the slot's word. Each flag that is up has its waker here.
///
/// Lock order: before the heap's lock; nothing else is locked while this is held.
static WATCHERS: Lock<BTreeMap<usize, Waker>> = Lock::new(BTreeMap::new());

/// The word of a slot. 64 bits: never comes round.
pub(crate) struct Progress(AtomicU64);

impl Progress {
    /// That of a free slot.
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Takes the slot, if it is free. Only the one core that takes this slot calls this, and not inside itself.
    #[inline(always)]
    pub(crate) fn take(&self) -> bool {
        // Acquire: what was done with the slot before comes before what we do.
        let found = self.0.load(Ordering::Acquire);
        if found & (ONE | WATCHED) != 0 {
            return false;
        }
        // A store will do: nobody else changes the word of a free slot. Release: see the module.
        self.0.store(found + ONE, Ordering::Release);
        true
    }

    /// Whether a message is in the slot, or one is being put in or ended. Stale at once.
    pub(crate) fn is_taken(&self) -> bool {
        // Acquire: as `take`, for who frees or takes it by what this says.
        self.0.load(Ordering::Acquire) & (ONE | WATCHED) != 0
    }

    /// The handle of the message that is in the slot now. Only who owns the slot calls this.
    #[inline(always)]
    pub(crate) fn delivery(&'static self) -> Delivery {
        // Relaxed: written by `take`, which came before; the flag is down, as nobody has had this handle.
        Delivery { progress: self, expected: self.0.load(Ordering::Relaxed) & !WATCHED }
    }

    /// Ends the message that was in the slot, and says whether somebody watched it: then [`Self::wake_watcher`] comes
    /// next. Else the slot is free.
    #[inline(always)]
    pub(crate) fn end(&self) -> bool {
        // Release: what was done with the slot comes before its end. See the module.
        self.0.fetch_add(ONE, Ordering::Release) & WATCHED != 0
    }

    /// Takes out who watched the message that has just ended, frees the slot, and wakes the watcher.
    #[cold]
    pub(crate) fn wake_watcher(&self) {
        let watcher = WATCHERS.lock().remove(&self.key());
        // Before the waker: that may want a slot, or panic (on the host). Release: see the module.
        self.0.fetch_sub(WATCHED, Ordering::Release);
        if let Some(waker) = watcher {
            waker.wake();
        }
    }

    fn key(&self) -> usize {
        ptr::from_ref(self).addr()
    }
}

/// Which message it was that went out, for asking whether it is over. Says nothing of one that was leaked: that one
/// never is.
#[derive(Clone, Copy)]
pub struct Delivery {
    progress: &'static Progress,
    // INVARIANT: the slot's word while this message is in it, with the flag down.
    expected: u64,
}

impl Delivery {
    /// Whether the message has run, or was dropped, to the end. If so, all that it did comes before what the caller
    /// does next.
    #[inline]
    pub fn is_over(&self) -> bool {
        // Acquire: pairs with the release of the end. See the module.
        self.progress.0.load(Ordering::Acquire) >= self.expected + ONE
    }

    /// As [`is_over`](Self::is_over); if not, `waker` is woken when it is, in place of any that watched this message
    /// before.
    ///
    /// # Context
    ///
    /// Not in an interrupt: it allocates. Takes a lock.
    pub fn is_over_or_wakes(&self, waker: &Waker) -> bool {
        if self.is_over() {
            return true;
        }
        // Foreign code: before the table is locked.
        let mut waker = Some(waker.clone());
        let mut watchers = WATCHERS.lock();
        let is_over = !self.raise_flag();
        let replaced = if is_over {
            None
        } else {
            waker.take().and_then(|new| watchers.insert(self.progress.key(), new))
        };
        drop(watchers);
        // Foreign code as well: behind it.
        drop((replaced, waker));
        is_over
    }

    /// Sets the flag, unless the message is over.
    fn raise_flag(&self) -> bool {
        let (unwatched, watched) = (self.expected, self.expected | WATCHED);
        // Relaxed when it succeeds: who finds the flag gets the waker by way of the lock. Acquire when it fails: then
        // the message is over, or it is watched already.
        match self.progress.0.compare_exchange(unwatched, watched, Ordering::Relaxed, Ordering::Acquire) {
            Ok(_) => true,
            Err(now) => now == watched,
        }
    }
}

impl PartialEq for Delivery {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self.progress, other.progress) && self.expected == other.expected
    }
}

impl Eq for Delivery {}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("is_over", &self.is_over()).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
