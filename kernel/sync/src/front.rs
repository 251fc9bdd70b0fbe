//! A value that every core reads with one load, and whose cell may lie where it can be damaged.
//!
//! As a [`Snapshot`](crate::Snapshot), cut in two. The [`Front`] is what readers look at; it owns nothing, and nobody who
//! publishes ever reads it. What is published, and so what is to be freed one day, stands in the [`Back`], which lies
//! with whoever publishes. A front that was damaged misleads its readers, and nobody else; the next value mends it.
//!
//! # Why a reader is safe
//!
//! As for a snapshot: the reference lives inside [`Front::with`] only, and what a back retires is freed when every core has
//! been quiet since. A front may have several backs. Each puts nothing into it but what it owns itself, or the initial value;
//! and it retires a value only after it has put another one there. So what is retired is not in the front, and never comes
//! back.
//!
//! Knows nothing of what it holds, nor where it lies.

use alloc::boxed::Box;
use core::fmt;
use core::ptr::{self, NonNull};

use crate::grace::{Grace, Room};
use crate::primitive::{AtomicPtr, Ordering, const_unless_loom};
use crate::reading::Reading;
use crate::snapshot::Unpublished;

/// The side that is read.
pub struct Front<T: 'static> {
    // INVARIANT: points to `initial`, or to a value that a back owns and retires only after it has written something else
    // here. First, so that a reader needs no offset.
    current: AtomicPtr<T>,
    initial: &'static T,
    grace: &'static Grace,
}

impl<T: Send + Sync + 'static> Front<T> {
    const_unless_loom! {
        /// Shows `initial`; what its backs replace goes to `grace`.
        pub const fn new(grace: &'static Grace, initial: &'static T) -> Self {
            Self { current: AtomicPtr::new(ptr::from_ref(initial).cast_mut()), initial, grace }
        }
    }

    /// Runs `f` with the value that is published now, which stays whole for as long as `f` runs.
    ///
    /// # Panics
    ///
    /// On the host, when the thread is not registered with this front's grace.
    ///
    /// # Context
    ///
    /// Any core, interrupts included. Neither locks nor allocates.
    #[inline(always)]
    pub fn with<U>(&self, f: impl FnOnce(&T) -> U) -> U {
        let _reading = Reading::enter(self.grace);
        // Acquire: pairs with the release in `Back::publish`, so the contents are seen as they were published.
        let current = self.current.load(Ordering::Acquire);
        // SAFETY: `current` is valid by the invariant, and is not freed before this core is quiet, which it
        // is not inside `with`.
        f(unsafe { &*current })
    }

    /// One who publishes here. Nothing changes before it does.
    pub fn back(&'static self) -> Back<T> {
        Back { front: self, initial: self.initial, grace: self.grace, owned: None }
    }
}

impl<T: 'static> fmt::Debug for Front<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front").finish_non_exhaustive()
    }
}

/// The side of whoever publishes. Dropping one that has published shows the initial value again.
pub struct Back<T: Send + Sync + 'static> {
    front: &'static Front<T>,
    initial: &'static T,
    grace: &'static Grace,
    // INVARIANT: from `Box::into_raw`, and nobody else's; what this back has written to its front last.
    owned: Option<NonNull<T>>,
}

// SAFETY: it owns a `T`, which may be sent; what else it has, is shared by all.
unsafe impl<T: Send + Sync + 'static> Send for Back<T> {}

impl<T: Send + Sync + 'static> Back<T> {
    /// Publishes `new`. Readers that hold the old value keep it; it is dropped after a grace period, on whichever core
    /// reclaims.
    ///
    /// # Context
    ///
    /// Not in an interrupt: it allocates.
    pub fn replace(&mut self, new: Box<T>) {
        self.publish(|| Some(Box::leak(new).into()));
    }

    /// Publishes the value again that the front began with, as [`replace`](Self::replace) does a new one. Afterwards this
    /// owns nothing.
    ///
    /// # Context
    ///
    /// Not in an interrupt: it allocates.
    pub fn reset(&mut self) {
        self.publish(|| None);
    }

    fn publish(&mut self, new: impl FnOnce() -> Option<NonNull<T>>) {
        // Room to retire the old value comes first: who runs out of memory runs out before anything has changed.
        let room = Room::new();
        let new = new();
        let shown = new.map_or_else(|| ptr::from_ref(self.initial).cast_mut(), NonNull::as_ptr);
        // Release: the contents of `new` come before its address. The old contents were written by whoever had this back
        // then, and `&mut self` comes after that.
        self.front.current.store(shown, Ordering::Release);
        if let Some(old) = core::mem::replace(&mut self.owned, new) {
            // SAFETY: by the invariant of `owned`, and the front shows something else since just now.
            let old = unsafe { Unpublished::new(old) };
            self.grace.retire(room.fill(move || old.free()));
        }
    }
}

impl<T: Send + Sync + 'static> Drop for Back<T> {
    fn drop(&mut self) {
        if self.owned.is_some() {
            self.reset();
        }
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for Back<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Back").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use alloc::boxed::Box;
    use core::ptr;
    use core::sync::atomic::Ordering;
    use std::sync::Arc;

    use super::Front;
    use crate::grace::Grace;

    fn grace() -> &'static Grace {
        Box::leak(Box::new(Grace::new()))
    }

    fn front<T: Send + Sync>(grace: &'static Grace, initial: &'static T) -> &'static Front<T> {
        Box::leak(Box::new(Front::new(grace, initial)))
    }

    #[test]
    fn a_replaced_value_is_dropped_only_after_a_quiet_point() {
        let grace = grace();
        let mut reader = grace.register_thread();
        let value = Arc::new(());
        let front = front::<Option<Arc<()>>>(grace, &None);
        let mut back = front.back();
        back.replace(Box::new(Some(value.clone())));
        assert!(front.with(Option::is_some));
        back.reset();
        back.reset();
        assert!(front.with(Option::is_none));
        assert_eq!((grace.reclaim(), Arc::strong_count(&value)), (0, 2));
        reader.quiet();
        assert_eq!((grace.reclaim(), Arc::strong_count(&value)), (1, 1));
    }

    #[test]
    fn who_publishes_does_not_look_at_what_is_read() {
        let grace = grace();
        let mut reader = grace.register_thread();
        let value = Arc::new(1);
        let front = front::<Arc<i32>>(grace, Box::leak(Box::new(Arc::new(0))));
        let mut back = front.back();
        back.replace(Box::new(value.clone()));
        front.current.store(ptr::without_provenance_mut(8), Ordering::Relaxed);
        back.replace(Box::new(Arc::new(2)));
        assert_eq!(front.with(|value| **value), 2);
        assert_eq!((grace.reclaim(), Arc::strong_count(&value)), (0, 2));
        reader.quiet();
        assert_eq!((grace.reclaim(), Arc::strong_count(&value)), (1, 1));
    }

    #[test]
    fn a_back_that_has_published_nothing_changes_nothing_at_its_end() {
        let grace = grace();
        let _reader = grace.register_thread();
        let front = front(grace, &0);
        let mut back = front.back();
        back.replace(Box::new(1));
        drop(front.back());
        assert_eq!(front.with(|value| *value), 1);
        drop(back);
        assert_eq!(front.with(|value| *value), 0);
    }
}
