//! Holders: which core holds how many locks, where on its stack, and what it waits for.
//!
//! Invariant: a place is in use from before its ticket gets into the word of a lock until after it has left it, or until the
//! call was given up. Only its own core changes a place, and not in interrupt context. A core gives nothing up in the middle of a function
//! of the kernel, so none of these is left half-done.

use super::ticket::{PLACES, Ticket};
use super::{LockError, Taking, Wanted};
use crate::MAX_CORES;
use crate::primitive::{AtomicU64, AtomicUsize, Ordering, const_unless_loom, for_each_core};
use crate::{boundary, this_core};

/// In the address of a call, which is aligned: nobody waits for its lock.
const UNAWAITED: usize = 1;

/// Those of this kernel.
#[cfg(not(loom))]
pub static HOLDERS: Holders = Holders::new();

/// Who holds what.
#[derive(Debug)]
pub struct Holders {
    cores: [Core; MAX_CORES],
}

/// What one core holds. A line of its own, since it is written whenever the core takes a lock.
#[derive(Debug)]
#[repr(align(64))]
struct Core {
    /// A ticket that it waits for, or zero.
    waits_for: AtomicU64,
    places: [Place; PLACES],
}

#[derive(Debug)]
struct Place {
    /// Goes up when its use begins, and when it ends.
    use_count: AtomicU64,
    /// Where the call stands on the stack, and [`UNAWAITED`].
    at: AtomicUsize,
}

impl Place {
    const_unless_loom! {
        const fn new() -> Self {
            Self { use_count: AtomicU64::new(0), at: AtomicUsize::new(0) }
        }
    }

    /// Where its call stands, if it is in use.
    fn in_use(&self) -> Option<(u64, usize)> {
        // Relaxed: written by this core.
        let count = self.use_count.load(Ordering::Relaxed);
        (count % 2 == 1).then(|| (count, self.at.load(Ordering::Relaxed)))
    }

    /// Ends the use `count`.
    fn end(&self, count: u64) {
        // Release: what the call did to a value comes before what the next taker reads of it.
        self.use_count.store(count + 1, Ordering::Release);
    }
}

impl Core {
    const_unless_loom! {
        const fn new() -> Self {
            #[cfg(not(loom))]
            let places = [const { Place::new() }; PLACES];
            #[cfg(loom)]
            let places = core::array::from_fn(|_| Place::new());
            Self { waits_for: AtomicU64::new(0), places }
        }
    }
}

impl Holders {
    const_unless_loom! {
        /// Nobody holds anything.
        #[expect(clippy::new_without_default, reason = "there is nothing to build a default on")]
        pub const fn new() -> Self {
            Self { cores: for_each_core!(Core::new()) }
        }
    }

    /// Whether this core holds a lock that others wait for.
    pub fn holds_any(&self) -> bool {
        let is_awaited = |place: &Place| place.in_use().is_some_and(|(_, at)| at & UNAWAITED == 0);
        self.here().places.iter().any(is_awaited)
    }

    /// Whether this core holds a lock, or is about to.
    ///
    /// # Context
    /// Any, interrupts included.
    pub fn holds_one(&self) -> bool {
        self.here().places.iter().any(|place| place.in_use().is_some())
    }

    /// The calls of this core that stand below `stack` are over, without having run to their end: what they hold is open, and poisoned.
    /// Says how many that were.
    ///
    /// # Context
    /// Not in interrupt context. What stands there does not go on.
    pub fn release_below(&self, stack: usize) -> usize {
        let places = self.here().places.iter();
        let over = places.filter_map(|place| place.in_use().map(|(count, at)| (place, count, at)));
        over.filter(|(_, _, at)| *at < stack).map(|(place, count, _)| place.end(count)).count()
    }

    /// Puts a ticket of this core, whose call stands at `at`, into `word` when there is no other; says whether it takes the place of one
    /// that was crossed out.
    #[inline(never)]
    pub(super) fn take(
        &self,
        word: &AtomicU64,
        at: usize,
        taking: Taking,
    ) -> Result<(Ticket, bool), LockError> {
        let ticket = self.claim(at, taking.waits)?;
        let taken = self.take_with(word, ticket, taking);
        if taken.is_err() {
            self.cross_out(ticket);
        }
        taken.map(|is_poisoned| (ticket, is_poisoned))
    }

    /// Takes the ticket out of `word` again.
    #[inline(never)]
    pub(super) fn open(&self, word: &AtomicU64, ticket: Ticket) {
        // Release: what was done to the value comes before what the next taker does. Nobody else changes a word with a ticket
        // that is in use.
        word.store(0, Ordering::Release);
        self.cross_out(ticket);
    }

    fn take_with(&self, word: &AtomicU64, ticket: Ticket, taking: Taking) -> Result<bool, LockError> {
        loop {
            // Acquire: whoever sees a ticket sees that it is in use.
            let seen = word.load(Ordering::Acquire);
            let holder = Ticket::of_word(seen);
            if let Some(holder) = holder.filter(|holder| self.is_in_use(*holder)) {
                self.wait_for(word, holder, taking.waits)?;
                continue;
            }
            // Relaxed: whoever opens a lock does so before its use ends, which was seen with acquire.
            if holder.is_some() && word.load(Ordering::Relaxed) != seen {
                continue;
            }
            // A ticket that was crossed out: its call was given up.
            let is_poisoned = holder.is_some();
            if is_poisoned && taking.wanted == Wanted::Sound {
                return Err(LockError::Poisoned);
            }
            // Acquire: meets the release of `open`; see the module for a holder that was given up. Release: that the ticket is in use
            // comes before.
            let is_taken = word.compare_exchange(seen, ticket.word(), Ordering::AcqRel, Ordering::Relaxed);
            if is_taken.is_ok() {
                return Ok(is_poisoned);
            }
        }
    }

    /// Waits until `holder` no longer has the lock, if this one `waits` at all.
    fn wait_for(&self, word: &AtomicU64, holder: Ticket, waits: bool) -> Result<(), LockError> {
        let (here, core) = (this_core::index(), holder.core());
        if core == here {
            return Err(LockError::SameCore);
        }
        if !waits {
            return Err(LockError::Held { core });
        }
        let waits_for = &self.here().waits_for;
        // Of the call that this one has interrupted, if it waits too. SeqCst, and so all that look for circles: the looks of
        // the last core that has said what it waits for find what all the others wait for.
        let outer = waits_for.swap(holder.word(), Ordering::SeqCst);
        let mut outcome = Ok(());
        // Relaxed: only a change is waited for.
        while outcome.is_ok()
            && Ticket::of_word(word.load(Ordering::Relaxed)) == Some(holder)
            && self.is_in_use(holder)
        {
            this_core::relax();
            if self.closes_circle(holder, here) {
                outcome = Err(LockError::Circle { core });
            } else if boundary::is_overdue() {
                outcome = Err(LockError::OutOfTime);
            }
        }
        waits_for.store(outer, Ordering::SeqCst);
        outcome
    }

    /// Whether the core that holds `ticket` waits for `here`, directly or by way of others. Gone along twice: what is found
    /// in both was there in between, all of it at once.
    fn closes_circle(&self, ticket: Ticket, here: usize) -> bool {
        self.chain(ticket, here).is_some_and(|first| self.chain(ticket, here) == Some(first))
    }

    /// The tickets that are waited for from the holder of `ticket` on, when that leads to `here`.
    fn chain(&self, ticket: Ticket, here: usize) -> Option<[u64; MAX_CORES]> {
        let mut chain = [0; MAX_CORES];
        let mut at = ticket;
        for link in &mut chain {
            let waited = self.cores[at.core() % MAX_CORES].waits_for.load(Ordering::SeqCst);
            let waited = Ticket::of_word(waited).filter(|waited| self.is_in_use(*waited))?;
            *link = waited.word();
            if waited.core() == here {
                return Some(chain);
            }
            at = waited;
        }
        None
    }

    /// Whether the call that has this ticket is still there.
    fn is_in_use(&self, ticket: Ticket) -> bool {
        let place = &self.cores[ticket.core() % MAX_CORES].places[ticket.place() % PLACES];
        // Acquire: meets the release with which a use ends.
        place.use_count.load(Ordering::Acquire) == ticket.use_count()
    }

    fn claim(&self, at: usize, is_waited_for: bool) -> Result<Ticket, LockError> {
        let places = self.here().places.iter().enumerate();
        let mut free = places.filter(|(_, place)| place.in_use().is_none());
        let (number, place) = free.next().ok_or(LockError::TooMany { most: PLACES })?;
        // Relaxed, all: others look at a place only by a ticket that they have read in the word of a lock.
        let count = place.use_count.load(Ordering::Relaxed) + 1;
        place.at.store(at & !UNAWAITED | if is_waited_for { 0 } else { UNAWAITED }, Ordering::Relaxed);
        place.use_count.store(count, Ordering::Relaxed);
        Ok(Ticket::new(this_core::index(), number, count))
    }

    /// The use of `ticket` is over. If it still stands in the word of a lock, that is open, and poisoned.
    pub(super) fn cross_out(&self, ticket: Ticket) {
        self.here().places[ticket.place() % PLACES].end(ticket.use_count());
    }

    fn here(&self) -> &Core {
        &self.cores[this_core::index() % MAX_CORES]
    }
}
