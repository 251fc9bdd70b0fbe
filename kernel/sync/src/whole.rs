//! Whole: a value that is there only if it was written to its end.
//!
//! For what an extension's code writes and somebody else reads after that code was given up: between any two instructions, of which
//! one had written half of the value. A mark beside it is set behind the last of them, and cleared before the value is
//! touched. What has no mark is never read, nor dropped.
//!
//! Whoever gives up and whoever is given up are one core, so what keeps the order is the compiler's.

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::mem::{MaybeUninit, needs_drop};
use core::sync::atomic::{Ordering, compiler_fence};

/// A place for a `T`.
pub struct Whole<T> {
    is_there: Cell<bool>,
    // INVARIANT: a `T` if `is_there`.
    value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Whole<T> {
    /// Nothing is there.
    #[inline(always)]
    pub const fn new() -> Self {
        Self { is_there: Cell::new(false), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// Puts `value` there. What is there is dropped before.
    #[inline(always)]
    pub fn put(&self, value: T) {
        drop(self.take());
        // SAFETY: nothing is there, so nobody has a reference to it; and the cell is no other thread's.
        unsafe { self.value.get().cast::<T>().write(value) };
        // The value stays in front of its mark, for who gives this up.
        compiler_fence(Ordering::Release);
        self.is_there.set(true);
    }

    /// Takes the value out, if it is there.
    #[inline(always)]
    pub fn take(&self) -> Option<T> {
        if !self.is_there.get() {
            return None;
        }
        self.is_there.set(false);
        // The mark is gone before the value is touched.
        compiler_fence(Ordering::SeqCst);
        // SAFETY: it was there, and is not any more: it is read once.
        Some(unsafe { self.value.get().cast::<T>().read() })
    }
}

impl<T> Default for Whole<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for Whole<T> {
    #[inline(always)]
    fn drop(&mut self) {
        if needs_drop::<T>() {
            drop(self.take());
        }
    }
}

impl<T> fmt::Debug for Whole<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Whole").field("is_there", &self.is_there.get()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;

    use super::Whole;

    #[test]
    fn a_value_is_there_once_it_was_put_and_until_it_is_taken() {
        let place = Whole::new();
        assert_eq!(place.take(), None);
        place.put([1, 2]);
        assert_eq!((place.take(), place.take()), (Some([1, 2]), None));
    }

    #[test]
    fn what_is_there_is_dropped_once() {
        let value = Arc::new(());
        let place = Whole::new();
        place.put(value.clone());
        place.put(value.clone());
        assert_eq!(Arc::strong_count(&value), 2);
        drop(place);
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn what_was_not_written_to_its_end_is_neither_read_nor_dropped() {
        let value = Arc::new(());
        let place = Whole::new();
        place.put(value.clone());
        // As it is while the value is written.
        place.is_there.set(false);
        assert!(place.take().is_none());
        drop(place);
        assert_eq!(Arc::strong_count(&value), 2);
    }
}
