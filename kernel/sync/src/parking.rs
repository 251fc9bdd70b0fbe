//! Parking: whether something runs, now or when its turn comes, or waits to be woken; one word.
//!
//! ```text
//!                  park, and settle (it is about to leave its core)
//!   Active (it has a core, or its turn comes) -----------------> Blocked
//!     ^                                                             |
//!     '---------------------------- unpark -------------------------'
//! ```
//!
//! Beside the state there are four marks. A *permit*: somebody has woken it while it did not wait, so its next park comes back at
//! once. No wake-up is lost, and several that come before it has gone on are one. *Halt*: it is to park at its next opportunity, although
//! it has not asked to; waking it takes that back. *Held*: it was halted in the midst of something. It may have looked for what
//! it waits for and be about to park, so waking it leaves a permit as well. *End*: it is to end at its next opportunity. *Hosted*: nobody
//! switches to it straight, for as long as it is there.
//!
//! The rest of the word is the *number* of whoever has it now. The memory is used again and again, and who wakes, halts or ends
//! names the number that he means: of another one nothing changes.
//!
//! # Why a park has two halves
//!
//! Whoever looks whether it is to park ([`Parking::at_opportunity`]) has nothing to undo yet. Then it closes the lock of its core's queue, says that it
//! is blocked ([`Parking::settle_parked`]), unless it was woken meanwhile, and leaves. Whoever wakes it from then on waits until that lock is open,
//! which is when its registers are saved, before it has it run elsewhere ([`Ready::wait_until_open`](crate::Ready::wait_until_open)).
//!
//! Most who park or are woken have no mark. For them there is a way of one exchange, from the very word that is expected to the next one
//! ([`Parking::glance`], [`Parking::settle_unmarked`], [`Parking::unpark_unmarked`], [`Parking::begin_unmarked`]); where that fails, the long way finds out why.
//!
//! # Orders
//!
//! A wake-up is a release and what goes on after it an acquire, so what was written before the wake-up is seen by who was
//! woken. Settling is a release as well: what it did comes before whoever makes it run elsewhere.
//!
//! The permit is that of `LockSupport.park` (Lea, *The java.util.concurrent Synchronizer Framework*, 2005, 3.2). Does not know queues or
//! cores.

use crate::primitive::{AtomicUsize, Ordering, const_unless_loom};

/// How many bits are not the number's: the highest, so that the word of one that is active and has no mark is its number.
const BITS: u32 = 7;
/// The lowest of them.
const BIT: usize = 1 << (usize::BITS - BITS);
/// What it does.
const STATE: usize = 3 * BIT;
const ACTIVE: usize = 0;
const BLOCKED: usize = 2 * BIT;
const OVER: usize = 3 * BIT;
/// Somebody has woken it who did not find it blocked.
const PERMIT: usize = 4 * BIT;
/// It is to park without having asked to.
const HALT: usize = 8 * BIT;
/// It is to end.
const END: usize = 16 * BIT;
/// Who has it run does so by way of its core's host. Beside the two before, so that one instruction tests the three.
const HOSTED: usize = 32 * BIT;
/// It parks, or is blocked, without having asked to. Never among the ready.
const HELD: usize = 64 * BIT;

/// The highest number there is.
pub const HIGHEST_NUMBER: usize = BIT - 1;

/// The word.
#[derive(Debug)]
pub struct Parking(AtomicUsize);

/// The word of who has a core and no mark, as it was when it was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Unmarked(usize);

/// What something that can run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It has a core, or waits for one.
    Active,
    /// It waits to be woken.
    Blocked,
    /// It has ended, or has never begun.
    Over,
}

/// What it finds at an opportunity to park.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opportunity {
    /// It goes on.
    GoesOn,
    /// It parks.
    Parks,
    /// It ends.
    Ends,
}

impl Parking {
    const_unless_loom! {
        /// Of something that has not begun.
        #[expect(clippy::new_without_default, reason = "there is nothing to build a default on")]
        pub const fn new() -> Self {
            Self(AtomicUsize::new(OVER))
        }
    }

    /// It begins, as one of the ready, with a number not used before. Nobody has it now.
    #[inline]
    pub fn prepare(&self, number: usize) {
        // Release: what it is made of comes before.
        self.0.store(number | ACTIVE, Ordering::Release);
    }

    /// The number of who has it, or had it last.
    #[inline]
    pub fn number(&self) -> usize {
        // Relaxed: whoever acts on it names it again.
        self.0.load(Ordering::Relaxed) & HIGHEST_NUMBER
    }

    /// It ends. Nobody wakes it any more.
    #[inline]
    pub fn finish(&self) {
        // Release: all that it has done comes before whoever sees that it is over. Relaxed: the number is its own. An exchange,
        // since others may be at it: loom does not order a store by one that another makes just before it.
        let number = self.number();
        self.0.swap(number | OVER, Ordering::Release);
    }

    /// What the one of that number does now. Stale at once, but when it is over.
    #[inline]
    pub fn activity(&self, number: usize) -> Activity {
        // Acquire: who sees that it is over sees all that it has done.
        let seen = self.0.load(Ordering::Acquire);
        match seen & STATE {
            _ if seen & HIGHEST_NUMBER != number => Activity::Over,
            ACTIVE => Activity::Active,
            BLOCKED => Activity::Blocked,
            _ => Activity::Over,
        }
    }

    /// It gets a core; whether it does. If it was halted meanwhile, it is blocked instead.
    pub fn begin(&self) -> bool {
        self.begin_unmarked() || !self.stays_halted()
    }

    /// It gets a core, if it has no mark that says otherwise; whether it does. If not, [`is_hosted`](Self::is_hosted) and [`begin`](Self::begin)
    /// decide, and it has to look what it is to do.
    #[inline]
    pub fn begin_unmarked(&self) -> bool {
        // Acquire: what it is made of, or was written before it was woken, comes before what it does.
        self.0.load(Ordering::Acquire) & (HALT | END | HOSTED) == 0
    }

    #[cold]
    fn stays_halted(&self) -> bool {
        // Acquire: as for `begin_unmarked`.
        let mut seen = self.0.load(Ordering::Acquire);
        while seen & (HALT | END) == HALT {
            let next = seen & !(HALT | STATE) | BLOCKED | HELD;
            // Release: as for `settle_parked`. Acquire: as above.
            match self.0.compare_exchange_weak(seen, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// It is at an opportunity: whether nobody has said anything meanwhile, so that it parks if it would, or else goes on. If somebody has,
    /// [`at_opportunity`](Self::at_opportunity) says what it is to do.
    #[inline]
    pub fn glance(&self) -> Option<Unmarked> {
        // Relaxed: what is there besides the state is seen at the next opportunity at the latest, or checked by an exchange.
        let seen = self.0.load(Ordering::Relaxed);
        (seen & (PERMIT | HALT | END) == 0).then_some(Unmarked(seen))
    }

    /// As [`settle_parked`](Self::settle_parked), for who has had no mark at a glance: whether it is blocked now. If not, there may be
    /// a mark by now, and it settles the long way.
    #[inline]
    pub fn settle_unmarked(&self, seen: Unmarked) -> bool {
        // As for `settle_parked`, whose exchange this is for such a word.
        let next = seen.0 | BLOCKED;
        self.0.compare_exchange_weak(seen.0, next, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Whether it goes by way of its core's host.
    #[inline]
    pub fn is_hosted(&self) -> bool {
        // Relaxed: says nothing about anything else.
        self.0.load(Ordering::Relaxed) & HOSTED != 0
    }

    /// Has the one of that number go by way of its core's host from now on. Whether it is there.
    pub fn host(&self, number: usize) -> bool {
        // Relaxed: checked by the exchange.
        let mut seen = self.0.load(Ordering::Relaxed);
        while seen & HIGHEST_NUMBER == number && seen & STATE != OVER {
            // Relaxed: says nothing about anything else.
            match self.0.compare_exchange_weak(seen, seen | HOSTED, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// It would park; or would not, unless it is halted. What it is to do.
    #[cold]
    pub fn at_opportunity(&self, would_park: bool) -> Opportunity {
        // Acquire: what was written before the wake-up comes before what follows.
        let mut seen = self.0.load(Ordering::Acquire);
        loop {
            if seen & END != 0 {
                return Opportunity::Ends;
            }
            if seen & HALT != 0 {
                // It is taken back by who settles, or by a wake-up.
                if !would_park {
                    // Relaxed: read by who settles, which comes after.
                    self.0.fetch_or(HELD, Ordering::Relaxed);
                }
                return Opportunity::Parks;
            }
            if !would_park || seen & PERMIT == 0 {
                return if would_park { Opportunity::Parks } else { Opportunity::GoesOn };
            }
            match self.0.compare_exchange_weak(seen, seen & !PERMIT, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => return Opportunity::GoesOn,
                Err(now) => seen = now,
            }
        }
    }

    /// It is about to leave its core, whose queue's lock is closed, to park; whether it goes on instead, since it was woken.
    #[cold]
    pub fn settle_parked(&self) -> bool {
        // Relaxed: checked by the exchange.
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let is_ready = seen & HALT == 0 && seen & PERMIT != 0 || seen & END != 0;
            let next = match is_ready {
                // What it was woken for is not what it was held for.
                true if seen & HELD != 0 => seen & !(HALT | HELD | STATE) | ACTIVE,
                true => seen & !(PERMIT | HALT | STATE) | ACTIVE,
                false => seen & !(HALT | STATE) | BLOCKED,
            };
            // Release: its registers come before whoever runs it next. Acquire: as for the permit of `at_opportunity`.
            match self.0.compare_exchange_weak(seen, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return is_ready,
                Err(now) => seen = now,
            }
        }
    }

    /// As [`unpark`](Self::unpark), if the one of that number is blocked and has no mark; else nothing changes, and [`unpark`](Self::unpark)
    /// finds out what there is to do.
    #[inline]
    pub fn unpark_unmarked(&self, number: usize) -> bool {
        let (blocked, active) = (number | BLOCKED, number | ACTIVE);
        // As for `unpark`, whose exchange this is for such a word.
        self.0.compare_exchange_weak(blocked, active, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Wakes the one of that number. Whether it was blocked: then it is one of the ready, for the caller to put it among them.
    #[cold]
    pub fn unpark(&self, number: usize) -> bool {
        // Relaxed: checked by the exchange.
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let next = match seen & STATE {
                _ if seen & HIGHEST_NUMBER != number => return false,
                BLOCKED if seen & HELD != 0 => seen & !(HELD | STATE) | ACTIVE | PERMIT,
                BLOCKED => seen & !STATE | ACTIVE,
                OVER => return false,
                _ => seen & !HALT | PERMIT,
            };
            // Release: what was written before comes before what it does next. Acquire: its registers, for who runs it.
            match self.0.compare_exchange_weak(seen, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return seen & STATE == BLOCKED,
                Err(now) => seen = now,
            }
        }
    }

    /// Has the one of that number park at its next opportunity. Nothing changes if it is blocked already.
    pub fn halt(&self, number: usize) {
        // Relaxed: checked by the exchange.
        let mut seen = self.0.load(Ordering::Relaxed);
        while seen & HIGHEST_NUMBER == number && seen & STATE == ACTIVE {
            // Relaxed: says nothing about anything else.
            match self.0.compare_exchange_weak(seen, seen | HALT, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// Has the one of that number end at its next opportunity. Whether it was blocked: then it is one of the ready, for the caller to put it among them.
    pub fn end(&self, number: usize) -> bool {
        // Relaxed: checked by the exchange.
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let next = match seen & STATE {
                _ if seen & HIGHEST_NUMBER != number => return false,
                BLOCKED => seen & !(HELD | STATE) | ACTIVE | END,
                OVER => return false,
                _ => seen | END,
            };
            // As for `unpark`.
            match self.0.compare_exchange_weak(seen, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return seen & STATE == BLOCKED,
                Err(now) => seen = now,
            }
        }
    }

    /// Whether it is to end.
    #[inline]
    pub fn is_ending(&self) -> bool {
        // Relaxed: says nothing about anything else.
        self.0.load(Ordering::Relaxed) & END != 0
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
