//! Ring: values that any number put in and one takes out, in their order, with room for so many.
//!
//! A ring of places. Each has a *turn*: which value is next there, by its number, and what has become of it.
//!
//! ```text
//!   empty n --------- put -------> claimed n --> full n -- taken --> empty n + room
//!      '--> awaited n --^          (it is being written)
//! ```
//!
//! Who puts a value in claims a place by an exchange, which also tells whether the value is awaited, and has the counter go on. The one that
//! takes out counts for itself.
//!
//! Interrupts are masked from the claim until the place is full. So nobody is set aside or ended in between: others wait for no
//! longer than a value takes to be moved, and no place stays claimed.
//!
//! # Orders
//!
//! A place's turn is the only word that both sides change. It is stored with release, and acquired by whoever goes on with the value or with the
//! empty place. Awaiting is an exchange too, so what was written before it is seen by who is told that it was awaited. The other stores
//! and loads of it are `SeqCst`: who has found a ring full says that it waits for room, and looks once more; who has made room
//! looks whether somebody waits.
//!
//! Does not know who waits, nor how.
//!
//! Source: Vyukov, *Bounded MPMC queue*, 2011; here one side is single.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::primitive::{AtomicBool, AtomicUsize, Ordering, UnsafeCell};
use crate::this_core::{self, IrqsMasked};

/// What has become of a place's next value, in the lowest bits of its turn.
const EMPTY: usize = 0;
const AWAITED: usize = 1;
const CLAIMED: usize = 2;
const FULL: usize = 3;
const STATE: usize = 3;
/// Where the number begins.
const NUMBER: u32 = 2;
/// Nobody takes anything out any more: behind all turns there are, so it is never empty.
const CLOSED: usize = usize::MAX;

/// Where a value lies until it is taken out.
struct Place<T> {
    turn: AtomicUsize,
    // INVARIANT: a value, when the turn is full. Only who has claimed the place writes it, only the one that takes out reads it.
    value: UnsafeCell<MaybeUninit<T>>,
}

struct Ring<T, S> {
    // INVARIANT: one more than the mask, which is a power of two.
    places: Box<[Place<T>]>,
    mask: usize,
    /// The turn of the place where the next value is put in, as long as that is empty.
    put: AtomicUsize,
    is_closed: AtomicBool,
    /// What both sides have besides.
    shared: S,
}

// SAFETY: a value is reached by one side at a time, which got it from the other; nothing else is not shared by itself.
unsafe impl<T: Send, S: Sync> Sync for Ring<T, S> {}
// SAFETY: as above.
unsafe impl<T: Send, S: Send> Send for Ring<T, S> {}

/// The side that puts in. Each clone is as good.
pub struct RingIn<T, S> {
    ring: Arc<Ring<T, S>>,
}

/// The side that takes out. Dropping it drops what is there, and closes the ring.
pub struct RingOut<T, S> {
    ring: Arc<Ring<T, S>>,
    /// The turn of the place where the next value is taken out, as long as that is empty.
    empty: usize,
    // INVARIANT: that place, one of the ring's. Kept, since it is looked at more often than it changes.
    next: NonNull<Place<T>>,
}

// SAFETY: the place is the ring's, which may be sent.
unsafe impl<T: Send, S: Send + Sync> Send for RingOut<T, S> {}
// SAFETY: who shares it reaches what is shared, and nothing else.
unsafe impl<T: Send, S: Send + Sync> Sync for RingOut<T, S> {}

/// A ring with room for `room` values or the next power of two, and with what both sides share besides.
///
/// # Context
/// Not in interrupt context. Allocates: putting in does not.
pub fn ring<T: Send, S>(room: usize, shared: S) -> (RingIn<T, S>, RingOut<T, S>) {
    let empty = |number: usize| Place {
        turn: AtomicUsize::new(number << NUMBER | EMPTY),
        value: UnsafeCell::new(MaybeUninit::uninit()),
    };
    let places: Box<[Place<T>]> = (0..room.next_power_of_two()).map(empty).collect();
    let (mask, put) = (places.len() - 1, AtomicUsize::new(0));
    let ring = Arc::new(Ring { places, mask, put, is_closed: AtomicBool::new(false), shared });
    let next = NonNull::from(ring.place(0));
    (RingIn { ring: ring.clone() }, RingOut { ring, empty: EMPTY, next })
}

impl<T, S> Ring<T, S> {
    /// The place of that turn.
    #[inline(always)]
    fn place(&self, turn: usize) -> &Place<T> {
        // SAFETY: there is one more than the mask says, and it is all ones.
        unsafe { self.places.get_unchecked((turn >> NUMBER) & self.mask) }
    }
}

impl<T, S> Ring<T, S> {
    /// Claims the next place, if it is empty; says what its turn was.
    ///
    /// # Context
    /// Interrupts masked, until the place is full.
    #[inline(always)]
    fn claim(&self) -> Option<(&Place<T>, usize)> {
        // Relaxed: a guess. The place's turn tells whether it is right.
        let empty = self.put.load(Ordering::Relaxed);
        let place = self.place(empty);
        // SeqCst: see the module.
        let turn = place.turn.load(Ordering::SeqCst);
        if turn & !AWAITED != empty {
            return None;
        }
        // Acquire: the last value was moved out before, and what who awaits has written is seen.
        let claimed = empty | CLAIMED;
        place.turn.compare_exchange(turn, claimed, Ordering::AcqRel, Ordering::Relaxed).ok()?;
        // Relaxed: numbers are told by turns. Only who has claimed that place gets here with this one.
        self.put.store(empty.wrapping_add(1 << NUMBER), Ordering::Relaxed);
        Some((place, turn))
    }

    /// The same, as long as another is in the way; nothing if there is no room.
    #[cold]
    #[inline(never)]
    fn claim_again(&self) -> Option<(&Place<T>, usize)> {
        loop {
            let empty = self.put.load(Ordering::Relaxed);
            let ahead = self.place(empty).turn.load(Ordering::SeqCst).wrapping_sub(empty);
            if (ahead as isize) < 0 {
                return None;
            }
            if let Some(claimed) = self.claim() {
                return Some(claimed);
            }
            // Who has claimed it has the counter go on at once.
            this_core::relax();
        }
    }
}

impl<T: Send, S> RingIn<T, S> {
    /// Puts `value` behind the others; whether it was [awaited](RingOut::wait).
    ///
    /// # Errors
    /// `value`, if there is no room or the ring is closed.
    ///
    /// # Context
    /// Any, interrupts included. Does not allocate.
    #[inline(always)]
    pub fn put(&self, value: T) -> Result<bool, T> {
        let ring = &*self.ring;
        let masked = IrqsMasked::enter();
        let Some((place, turn)) = ring.claim().or_else(|| ring.claim_again()) else {
            drop(masked);
            return Err(value);
        };
        place.value.with_mut(|there| {
            // SAFETY: claimed, so nobody else has the place.
            unsafe { there.write(MaybeUninit::new(value)) };
        });
        place.turn.store(turn & !STATE | FULL, Ordering::SeqCst);
        drop(masked);
        Ok(turn & STATE == AWAITED)
    }

    /// Whether nobody takes anything out any more.
    pub fn is_closed(&self) -> bool {
        self.ring.is_closed.load(Ordering::SeqCst)
    }

    /// What both sides have besides.
    #[inline(always)]
    pub fn shared(&self) -> &S {
        &self.ring.shared
    }
}

impl<T, S> RingOut<T, S> {
    /// Takes out the first.
    ///
    /// # Context
    /// Any.
    #[inline(always)]
    pub fn take(&mut self) -> Option<T> {
        let (place, empty) = (self.next(), self.empty);
        if place.turn.load(Ordering::SeqCst) != empty | FULL {
            return None;
        }
        let value = place.value.with(|there| {
            // SAFETY: full, so a value, which is read once: this is the only one that takes out, and goes on.
            unsafe { there.cast::<T>().read() }
        });
        let lap = (self.ring.mask + 1) << NUMBER;
        let next = empty.wrapping_add(1 << NUMBER);
        let place_of_next = NonNull::from(self.ring.place(next));
        // SeqCst: a release, and see the module.
        place.turn.store(empty.wrapping_add(lap), Ordering::SeqCst);
        (self.empty, self.next) = (next, place_of_next);
        Some(value)
    }

    #[inline(always)]
    fn next(&self) -> &Place<T> {
        // SAFETY: the ring's, which is there as long as this.
        unsafe { self.next.as_ref() }
    }

    /// Has who puts the next value in told that it was awaited. False if that was or is being put in already: then there is something to
    /// be [taken](Self::take) now, or soon.
    ///
    /// # Context
    /// Any.
    #[inline(always)]
    pub fn wait(&mut self) -> bool {
        self.mark(self.empty) || self.wait_again()
    }

    /// It may be marked already: that is done anew, so that what was written before is seen.
    #[cold]
    #[inline(never)]
    fn wait_again(&mut self) -> bool {
        self.mark(self.empty | AWAITED)
    }

    #[inline(always)]
    fn mark(&self, turn: usize) -> bool {
        let awaited = turn | AWAITED;
        // Release: what was written before is seen by who is told. Relaxed: then it looks again.
        self.next().turn.compare_exchange(turn, awaited, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// What both sides have besides.
    #[inline(always)]
    pub fn shared(&self) -> &S {
        &self.ring.shared
    }

    /// Takes out nothing any more: what is there is dropped, and who puts something in has it back.
    pub fn close(&mut self) {
        // SeqCst, and before any place: who finds a place closed finds this.
        self.ring.is_closed.store(true, Ordering::SeqCst);
        let mut turn = self.empty;
        for _ in 0..=self.ring.mask {
            drop(self.ring.place(turn).close());
            turn = turn.wrapping_add(1 << NUMBER);
        }
    }
}

impl<T> Place<T> {
    /// Closes it; gives the value that is there.
    fn close(&self) -> Option<T> {
        loop {
            let turn = self.turn.load(Ordering::Relaxed);
            if turn == CLOSED {
                return None;
            }
            // Acquire: the value was written before.
            let closed =
                || self.turn.compare_exchange(turn, CLOSED, Ordering::AcqRel, Ordering::Relaxed).is_ok();
            // What is being written is waited for.
            if turn & STATE == CLAIMED || !closed() {
                this_core::relax();
                continue;
            }
            return (turn & STATE == FULL).then(|| {
                self.value.with(|there| {
                    // SAFETY: it was full, and nobody finds it so any more.
                    unsafe { there.cast::<T>().read() }
                })
            });
        }
    }
}

impl<T, S> Drop for RingOut<T, S> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T, S> Clone for RingIn<T, S> {
    fn clone(&self) -> Self {
        Self { ring: self.ring.clone() }
    }
}

impl<T, S> fmt::Debug for RingIn<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RingIn")
    }
}

impl<T, S> fmt::Debug for RingOut<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RingOut")
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
