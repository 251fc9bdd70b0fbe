//! Slot: where at most one value is, put in and taken out by whoever comes, without a lock.
//!
//! Who puts in or takes out claims the slot by an exchange, with interrupts masked until that is done: so nobody is set aside or ended in
//! between, and no slot stays claimed. Who finds it claimed does not wait: to him it is neither empty nor full.
//!
//! # Orders
//!
//! A claim acquires what the last one has released: what was written before a value was put in is seen by who takes it out.
//!
//! Does not know who waits for a value.

use core::fmt;
use core::mem::MaybeUninit;

use crate::primitive::{AtomicUsize, Ordering, UnsafeCell, const_unless_loom};
use crate::this_core::IrqsMasked;

const EMPTY: usize = 0;
const FULL: usize = 1;
/// Somebody puts in, or takes out.
const CLAIMED: usize = 2;

/// A value, or none.
pub struct Slot<T> {
    state: AtomicUsize,
    // INVARIANT: a value, when the state is full. Only who has claimed the slot touches it.
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: a value is reached by one at a time, who got it from another.
unsafe impl<T: Send> Sync for Slot<T> {}
// SAFETY: nothing but the value belongs to it.
unsafe impl<T: Send> Send for Slot<T> {}

impl<T> Slot<T> {
    const_unless_loom! {
        /// An empty one.
        pub const fn new() -> Self {
            Self { state: AtomicUsize::new(EMPTY), value: UnsafeCell::new(MaybeUninit::uninit()) }
        }
    }

    /// Puts `value` there.
    ///
    /// # Errors
    /// `value`, if the slot is not empty.
    ///
    /// # Context
    /// Any, interrupts included. Does not allocate.
    #[inline]
    pub fn put(&self, value: T) -> Result<(), T> {
        let masked = IrqsMasked::enter();
        if !self.claim(EMPTY) {
            drop(masked);
            return Err(value);
        }
        self.value.with_mut(|there| {
            // SAFETY: claimed, so nobody else has it.
            unsafe { there.write(MaybeUninit::new(value)) };
        });
        self.state.store(FULL, Ordering::Release);
        drop(masked);
        Ok(())
    }

    /// Takes out what is there.
    ///
    /// # Context
    /// Any, interrupts included.
    #[inline]
    pub fn take(&self) -> Option<T> {
        let masked = IrqsMasked::enter();
        if !self.claim(FULL) {
            drop(masked);
            return None;
        }
        let value = self.value.with(|there| {
            // SAFETY: it was full, is claimed, and is empty next: so the value is read once.
            unsafe { there.cast::<T>().read() }
        });
        self.state.store(EMPTY, Ordering::Release);
        drop(masked);
        Some(value)
    }

    fn claim(&self, found: usize) -> bool {
        self.state.compare_exchange(found, CLAIMED, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;

    use super::Slot;

    #[test]
    fn a_value_is_put_in_and_taken_out_once() {
        let slot = Slot::new();
        assert_eq!((slot.take(), slot.put(1), slot.put(2)), (None, Ok(()), Err(2)));
        assert_eq!((slot.take(), slot.take(), slot.put(3)), (Some(1), None, Ok(())));
    }

    #[test]
    fn what_is_there_goes_with_it() {
        let value = Arc::new(());
        let slot = Slot::new();
        assert!(slot.put(value.clone()).is_ok());
        drop(slot);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
