//! Waiters: any number wait for room.
//!
//! For what is rarely waited for: all are woken, and look again.
//!
//! Orders: as for a bell. Does not know what is waited for.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;

use crate::place::Place;

/// Those who wait.
pub(crate) struct Waiters {
    is_awaited: AtomicBool,
    wakers: Place<Vec<Waker>>,
}

impl Waiters {
    pub(crate) const fn new() -> Self {
        Self { is_awaited: AtomicBool::new(false), wakers: Place::new() }
    }

    /// Has `waker` woken the next time. The caller then looks again.
    pub(crate) fn wait(&self, waker: &Waker) {
        let mine = waker.clone();
        let is_there = self.wakers.with(|wakers| {
            let wakers = wakers.get_or_insert_default();
            if wakers.iter().any(|other| other.will_wake(&mine)) {
                // Not dropped here, where the lock is held.
                return Ok(Some(mine));
            }
            match wakers.try_reserve(1) {
                Ok(()) => {
                    wakers.push(mine);
                    Ok(None)
                }
                Err(_) => Err(mine),
            }
        });
        if !matches!(is_there, Ok(Ok(_))) {
            waker.wake_by_ref();
        }
        self.is_awaited.store(true, Ordering::SeqCst);
    }

    /// Wakes all.
    #[inline]
    pub(crate) fn wake_all(&self) {
        if self.is_awaited.load(Ordering::SeqCst) {
            self.wake();
        }
    }

    #[cold]
    #[inline(never)]
    fn wake(&self) {
        if self.is_awaited.swap(false, Ordering::SeqCst) {
            self.wakers.take().unwrap_or_default().into_iter().for_each(Waker::wake);
        }
    }
}
