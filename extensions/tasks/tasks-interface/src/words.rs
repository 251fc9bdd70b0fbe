//! Words: the store of a channel for numbers, without a lock.
//!
//! A ring of places. Each has a *turn* that says whose move it is: `n` when the sender of the number `n` may write, `n + 1` when it may be
//! read, and after that it is the turn of `n + capacity`. Senders take numbers from a counter, by exchange; the one receiver
//! counts for itself.
//!
//! Orders: a turn is stored with release behind the value and loaded with acquire before it. `SeqCst` where a bell's two sides
//! look: the sender's store of the turn, and the receiver's load.
//!
//! Invariant: a sender that is ended between taking its number and storing the turn leaves a place at which the receiver stays;
//! what is sent behind it is never received. The same holds for no other of the two stores.
//!
//! Source: Vyukov, *Bounded MPMC queue*, 2011; here one side is single.

use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::channel::{Receiver, Sender, Store, around};

/// A bounded ring of numbers.
pub struct Words {
    places: Vec<Turn>,
    mask: usize,
    /// The next number to be sent.
    sent: AtomicUsize,
    /// The next number to be received. Only the receiver changes it.
    received: AtomicUsize,
}

struct Turn {
    turn: AtomicUsize,
    word: AtomicU64,
}

/// A channel of numbers, with room for `capacity` of them or the next power of two, two at least. Sending and receiving take no lock: where
/// that counts, send numbers by which both sides know what is meant.
///
/// # Context
/// Not in interrupt context. Allocates: sending does not.
pub fn words(capacity: usize) -> (Sender<u64, Words>, Receiver<u64, Words>) {
    let capacity = capacity.max(2).next_power_of_two();
    let places = (0..capacity).map(|turn| Turn { turn: AtomicUsize::new(turn), word: AtomicU64::new(0) });
    let (sent, received) = (AtomicUsize::new(0), AtomicUsize::new(0));
    around(Words { places: places.collect(), mask: capacity - 1, sent, received })
}

impl Store<u64> for Words {
    #[inline(always)]
    fn push(&self, word: u64) -> Result<(), u64> {
        // Relaxed: the place's turn tells whether the number is still to be had.
        let mut number = self.sent.load(Ordering::Relaxed);
        loop {
            let Some(place) = self.places.get(number & self.mask) else { return Err(word) };
            // Acquire: meets the receiver's release, behind which the place is free.
            let ahead = place.turn.load(Ordering::Acquire).wrapping_sub(number) as isize;
            if ahead < 0 {
                return Err(word);
            }
            let next = number.wrapping_add(1);
            let taken = self.sent.compare_exchange_weak(number, next, Ordering::Relaxed, Ordering::Relaxed);
            match taken {
                Ok(_) => {
                    place.word.store(word, Ordering::Relaxed);
                    place.turn.store(next, Ordering::SeqCst);
                    return Ok(());
                }
                Err(now) => number = now,
            }
        }
    }

    #[inline(always)]
    fn pop(&self) -> Option<u64> {
        // Relaxed: the receiver's own.
        let number = self.received.load(Ordering::Relaxed);
        let place = self.places.get(number & self.mask)?;
        let next = number.wrapping_add(1);
        if place.turn.load(Ordering::SeqCst) != next {
            return None;
        }
        let word = place.word.load(Ordering::Relaxed);
        // SeqCst: a release, and what a sender that waits for room looks at behind its mark.
        place.turn.store(number.wrapping_add(self.places.len()), Ordering::SeqCst);
        self.received.store(next, Ordering::Relaxed);
        Some(word)
    }

    #[inline(always)]
    fn is_empty(&self) -> bool {
        let number = self.received.load(Ordering::Relaxed);
        let turn = self.places.get(number & self.mask).map(|place| place.turn.load(Ordering::SeqCst));
        turn != Some(number.wrapping_add(1))
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words for {}", self.places.len())
    }
}
