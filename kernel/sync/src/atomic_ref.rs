//! Atomic reference: a word that holds a reference to something that is there for ever, or nothing.
//!
//! Invariant: whatever is in the word was put there as a `&'static T`, so whoever reads it may use it at any time, whatever has
//! happened meanwhile. What it refers to is shared, hence `T: Sync` where it is read.
//!
//! Does not know what the references are for. Orders are the caller's: what a reference stands for (that something was
//! prepared, say) has to be published by whoever says so.

use core::ptr;

use crate::primitive::{AtomicPtr, Ordering, const_unless_loom};

/// A reference that can be replaced, or nothing.
#[derive(Debug)]
pub struct AtomicRef<T: 'static> {
    // INVARIANT: null, or made of a `&'static T`.
    word: AtomicPtr<T>,
}

impl<T: Sync> AtomicRef<T> {
    const_unless_loom! {
        /// Holds nothing.
        pub const fn none() -> Self {
            Self { word: AtomicPtr::new(ptr::null_mut()) }
        }
    }

    /// What it holds. Whatever was written before that was put there with [`put`](Self::put) comes before what follows.
    #[inline(always)]
    pub fn get(&self) -> Option<&'static T> {
        // Acquire: pairs with the release of `put`.
        let there = self.word.load(Ordering::Acquire);
        // SAFETY: null, or made of a reference that is good for ever.
        unsafe { there.as_ref() }
    }

    /// What it holds, for who is the only one to write it, or reads it under the lock that it is written under.
    #[inline(always)]
    pub fn get_own(&self) -> Option<&'static T> {
        // Relaxed: by the caller's own writes, or by a lock.
        let there = self.word.load(Ordering::Relaxed);
        // SAFETY: null, or made of a reference that is good for ever.
        unsafe { there.as_ref() }
    }

    /// Has it hold `value` from now on.
    #[inline(always)]
    pub fn put(&self, value: Option<&'static T>) {
        // Release: see `get`.
        self.word.store(Self::word_of(value), Ordering::Release);
    }

    /// As [`put`](Self::put), for who reads it with [`get_own`](Self::get_own).
    #[inline(always)]
    pub fn put_own(&self, value: Option<&'static T>) {
        // Relaxed: see `get_own`.
        self.word.store(Self::word_of(value), Ordering::Relaxed);
    }

    #[inline(always)]
    fn word_of(value: Option<&'static T>) -> *mut T {
        value.map_or(ptr::null_mut(), |value| ptr::from_ref(value).cast_mut())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::AtomicRef;

    #[test]
    fn holds_what_was_put_there_last() {
        static NUMBERS: [u32; 2] = [7, 8];
        let word = AtomicRef::none();
        assert_eq!(word.get(), None);
        word.put(NUMBERS.first());
        assert_eq!(word.get(), Some(&7));
        word.put_own(NUMBERS.last());
        assert_eq!(word.get_own(), Some(&8));
        word.put(None);
        assert_eq!(word.get(), None);
    }
}
