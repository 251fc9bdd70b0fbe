//! A spin lock for what is not hot: `spin`'s test-and-set mutex, waiting with `yield`, held with interrupts
//! masked.
//!
//! Test-and-set and not a ticket: in order of arrival, a core that its host has descheduled stops all behind
//! it (measured: with more virtual cores than host cores a ticket lock does not end). Interrupts are masked
//! while it is held, so an interrupt handler of the same core can take it too; while waiting they are as the
//! caller had them.
//!
//! Knows nothing of who holds it; blame for a lock held at the end is the kernel's business.

use core::fmt;
use core::ops::{Deref, DerefMut};

use spin::mutex::{SpinMutex, SpinMutexGuard};

use crate::this_core::{self, IrqsMasked};

/// How waiting loops of this kernel pass the time: with a `yield` instruction.
#[derive(Debug)]
pub struct Yielding;

impl spin::RelaxStrategy for Yielding {
    #[inline]
    fn relax() {
        this_core::relax();
    }
}

/// A value that one core at a time can get at.
///
/// # Context
///
/// Any, interrupts included. Never wait for anything else while holding one.
pub struct Lock<T: ?Sized> {
    inner: SpinMutex<T, Yielding>,
}

impl<T> Lock<T> {
    /// Makes an open lock around `value`.
    pub const fn new(value: T) -> Self {
        Self { inner: SpinMutex::new(value) }
    }

    /// Gives back the value.
    pub fn into_inner(self) -> T {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// Waits until the value is free and takes it; masks interrupts until [`Locked`] is dropped.
    ///
    /// Drop several in the reverse order of taking them: each restores the mask that it found.
    pub fn lock(&self) -> Locked<'_, T> {
        loop {
            if let Some(locked) = self.try_lock() {
                return locked;
            }
            while self.inner.is_locked() {
                this_core::relax();
            }
        }
    }

    /// Takes the value if it is free now.
    pub fn try_lock(&self) -> Option<Locked<'_, T>> {
        let irqs = IrqsMasked::enter();
        let value = self.inner.try_lock()?;
        Some(Locked { value, _irqs: irqs })
    }

    /// The value, without locking: `&mut` proves that nobody else is there.
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut()
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").field("locked", &self.inner.is_locked()).finish_non_exhaustive()
    }
}

/// Access to the value of a [`Lock`]; dropping it opens the lock, then restores the interrupt mask.
#[must_use = "the lock is open again as soon as this is dropped"]
pub struct Locked<'a, T: ?Sized> {
    // Fields drop in this order: first the lock opens, then interrupts come back.
    value: SpinMutexGuard<'a, T, Yielding>,
    _irqs: IrqsMasked,
}

impl<T: ?Sized> Deref for Locked<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: ?Sized> DerefMut for Locked<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Locked<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::Lock;

    #[test]
    fn held_lock_is_not_taken_again_until_dropped() {
        let lock = Lock::new(1);
        let mut held = lock.lock();
        *held += 1;
        assert!(lock.try_lock().is_none());
        drop(held);
        assert_eq!(*lock.try_lock().unwrap(), 2);
    }

    #[test]
    fn increments_of_several_threads_all_count() {
        let lock = Arc::new(Lock::new(0_u32));
        let threads: [_; 4] = core::array::from_fn(|_| {
            let lock = Arc::clone(&lock);
            thread::spawn(move || (0..10_000).for_each(|_| *lock.lock() += 1))
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*lock.lock(), 40_000);
    }
}
