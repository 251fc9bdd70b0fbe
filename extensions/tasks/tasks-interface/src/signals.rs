//! Signals: who is ready, and whether the worker has to be told.
//!
//! A bit for each task. Who wakes sets it; the worker takes a word of them at a time. Who is woken twice before that is polled
//! once. Slots are given out from the lowest on, and only as many words are looked at as were ever in use.
//!
//! # Orders
//!
//! `SeqCst`, that is in one order that everybody sees, where three arguments need it:
//! - *Nobody oversleeps*: the worker says that it sleeps (a), then looks at the words once more (b). Who wakes sets the bit (1), then
//!   looks whether the worker sleeps (2). Were 1 missed by b, it came after it, so 2 comes after a, finds it asleep, and unblocks. If
//!   the worker has not blocked yet it finds the permit that a wake-up leaves.
//! - *No word is left out*: a word comes into use before a bit in it is set, and the worker reads how many there are before the
//!   words themselves.
//! - *What was written is seen*: setting a bit is also a release and taking it an acquire, so what came before the wake-up is
//!   seen by the poll.
//!
//! Invariant: nothing of the extension that spawned is in here, so wakers may outlive it. Does not know tasks.

use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use spindle_strand::Strand;

use crate::place::Place;

/// How many bits a word has.
pub(crate) const BITS: usize = u64::BITS as usize;
/// How many words there are.
pub(crate) const WORDS: usize = 16;

/// Where a task's bit is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bit {
    word: usize,
    mask: u64,
}

impl Bit {
    /// That of `slot`.
    pub(crate) fn of(slot: usize) -> Self {
        Self { word: slot / BITS % WORDS, mask: 1 << (slot % BITS) }
    }
}

/// Of one executor.
pub(crate) struct Signals {
    words: [AtomicU64; WORDS],
    /// How many words were ever in use.
    in_use: AtomicUsize,
    is_asleep: AtomicBool,
    /// The worker.
    worker: Place<Strand>,
}

impl Signals {
    pub(crate) fn new() -> Self {
        Self {
            words: [const { AtomicU64::new(0) }; WORDS],
            in_use: AtomicUsize::new(0),
            is_asleep: AtomicBool::new(false),
            worker: Place::new(),
        }
    }

    /// From here on the worker looks at the word that has `slot`.
    pub(crate) fn reach(&self, slot: usize) {
        self.in_use.fetch_max(slot / BITS + 1, Ordering::SeqCst);
    }

    /// Has the task polled whose `bit` that is, and whose slot was [reached](Self::reach).
    #[inline(always)]
    pub(crate) fn wake(&self, bit: Bit) {
        // The remainder spares the check of the index.
        self.words[bit.word % WORDS].fetch_or(bit.mask, Ordering::SeqCst);
        if self.is_asleep.load(Ordering::SeqCst) {
            self.rouse();
        }
    }

    /// Has all those polled whose bits are set in `bits`, word by word.
    pub(crate) fn wake_all(&self, bits: impl Iterator<Item = u64>) {
        for (word, bits) in self.words.iter().zip(bits) {
            word.fetch_or(bits, Ordering::SeqCst);
        }
        self.rouse();
    }

    /// Unblocks the worker, if it sleeps.
    #[cold]
    #[inline(never)]
    pub(crate) fn rouse(&self) {
        // The one who takes the mark unblocks; the worker sets it anew before it blocks the next time.
        if self.is_asleep.swap(false, Ordering::SeqCst)
            && let Some(worker) = self.worker.get()
        {
            worker.unblock();
        }
    }

    /// From here on `worker` is the one that is unblocked. Called before it sleeps for the first time.
    pub(crate) fn staff(&self, worker: Strand) {
        let _ = self.worker.put(worker);
        self.slept();
    }

    /// The words in use.
    #[inline(always)]
    pub(crate) fn words(&self) -> &[AtomicU64] {
        self.words.get(..self.in_use.load(Ordering::SeqCst)).unwrap_or(&self.words)
    }

    /// What is ready in `word`; it counts as seen.
    #[inline(always)]
    pub(crate) fn take(word: &AtomicU64) -> u64 {
        // Relaxed: what is missed is found in the next round, or before the worker sleeps. The swap acquires.
        if word.load(Ordering::Relaxed) == 0 { 0 } else { word.swap(0, Ordering::SeqCst) }
    }

    /// Says that the worker is about to block; whether it may.
    pub(crate) fn may_sleep(&self) -> bool {
        self.is_asleep.store(true, Ordering::SeqCst);
        self.words().iter().all(|word| word.load(Ordering::SeqCst) == 0)
    }

    /// The worker does not sleep any more.
    pub(crate) fn slept(&self) {
        self.is_asleep.store(false, Ordering::SeqCst);
    }
}
