//! Task: what is known of one besides its future: where it is polled, what has become of it, who waits for that.
//!
//! Invariants: its fate is decided once. The result is in its place before the fate says that it is done. There is no code of the
//! extension that spawned it in here: whoever keeps a waker keeps nothing of that extension.
//!
//! Does not know the future, nor the type of its result.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use core::task::Waker;

use crate::failure::TaskError;
use crate::place::Place;
use crate::signals::{Bit, Signals};

/// What has become of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Fate {
    /// Its result is there.
    Done = 1,
    Cancelled = 2,
    Panicked = 3,
    Lost = 4,
}

/// A task.
pub(crate) struct Task {
    number: u64,
    slot: usize,
    bit: Bit,
    signals: Arc<Signals>,
    is_cancelled: AtomicBool,
    /// A [`Fate`]; zero as long as it is open.
    fate: AtomicU8,
    /// Who awaits its handle.
    waiter: Place<Waker>,
}

impl Task {
    /// One in `slot` of the executor with these `signals`. Never inlined: it lies on the heap of this crate's extension.
    #[inline(never)]
    pub(crate) fn new(signals: Arc<Signals>, slot: usize) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        signals.reach(slot);
        Arc::new(Self {
            // Relaxed: numbers only have to differ.
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            slot,
            bit: Bit::of(slot),
            signals,
            is_cancelled: AtomicBool::new(false),
            fate: AtomicU8::new(0),
            waiter: Place::new(),
        })
    }

    /// What wakes it. Never inlined: its functions are this crate's.
    #[inline(never)]
    pub(crate) fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    /// Has it polled.
    #[inline(always)]
    pub(crate) fn ready(&self) {
        self.signals.wake(self.bit);
    }

    /// Has it dropped at its next turn.
    pub(crate) fn cancel(&self) {
        // Release, as is the wake-up behind it, by which the worker sees this.
        self.is_cancelled.store(true, Ordering::Release);
        self.ready();
    }

    #[inline(always)]
    pub(crate) fn is_cancelled(&self) -> bool {
        // Relaxed: who cancels wakes the task, and the poll comes behind that.
        self.is_cancelled.load(Ordering::Relaxed)
    }

    /// Decides its fate, if that is open, and wakes who awaits it.
    pub(crate) fn settle(&self, fate: Fate) {
        // SeqCst, with `watch`: either the waiter sees the fate or this sees the waiter. Release: the result comes before.
        let _ = self.fate.compare_exchange(0, fate as u8, Ordering::SeqCst, Ordering::SeqCst);
        if let Some(waiter) = self.waiter.take() {
            waiter.wake();
        }
    }

    /// What has become of it; none if that is open.
    pub(crate) fn fate(&self) -> Option<Fate> {
        // SeqCst: see `settle`. Acquire: the result is read behind it.
        match self.fate.load(Ordering::SeqCst) {
            1 => Some(Fate::Done),
            2 => Some(Fate::Cancelled),
            3 => Some(Fate::Panicked),
            4 => Some(Fate::Lost),
            _ => None,
        }
    }

    /// What has become of it; has `waker` woken when that is decided.
    pub(crate) fn watch(&self, waker: &Waker) -> Option<Fate> {
        if let Some(fate) = self.fate() {
            return Some(fate);
        }
        if self.waiter.put(waker.clone()).is_err() {
            // Asked again at once, since nobody would wake it.
            waker.wake_by_ref();
        }
        self.fate()
    }

    /// Why there is no result of a task with this `fate`.
    pub(crate) fn error(&self, fate: Fate) -> TaskError {
        let task = self.number;
        match fate {
            Fate::Done | Fate::Lost => TaskError::Lost { task },
            Fate::Cancelled => TaskError::Cancelled { task },
            Fate::Panicked => TaskError::Panicked { task },
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.ready();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        self.ready();
    }
}
