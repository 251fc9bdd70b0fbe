//! A value that every core reads with one load and nobody changes in place: writers publish a new one.
//!
//! Readers never wait, writers never wait for readers. The old value goes to a [`Grace`] and is dropped when
//! every core has been quiet since.
//!
//! # Why a reader is safe
//!
//! The reference lives inside [`Snapshot::with`] only, and a core announces quiet only outside of it (see
//! [`crate::grace`]). So a value whose grace period is over has no reader left, and none can come: it was
//! unpublished before the period began.
//!
//! Knows nothing of what it holds; ordering several writers is their own business (a [`Lock`](crate::Lock)
//! beside it).

use alloc::boxed::Box;
use core::fmt;
use core::ptr::{self, NonNull};

use crate::grace::{Grace, Room};
use crate::primitive::{AtomicPtr, Ordering, const_unless_loom};
use crate::reading::Reading;

/// A read-mostly cell.
pub struct Snapshot<T: 'static> {
    // INVARIANT: points to `initial`, or to a value from `Box::into_raw` that this cell owns until it hands
    // it to `grace`.
    current: AtomicPtr<T>,
    initial: &'static T,
    grace: &'static Grace,
}

impl<T: Send + Sync + 'static> Snapshot<T> {
    const_unless_loom! {
        /// Makes a cell that holds `initial` and retires what it held to `grace`.
        pub const fn new(grace: &'static Grace, initial: &'static T) -> Self {
            Self { current: AtomicPtr::new(ptr::from_ref(initial).cast_mut()), initial, grace }
        }
    }

    /// Runs `f` with the value that is published now, which stays whole for as long as `f` runs.
    ///
    /// # Panics
    ///
    /// On the host, when the thread is not registered with this cell's grace.
    ///
    /// # Context
    ///
    /// Any core, interrupts included. Neither locks nor allocates.
    #[inline(always)]
    pub fn with<U>(&self, f: impl FnOnce(&T) -> U) -> U {
        let _reading = Reading::enter(self.grace);
        // Acquire: pairs with the release in `replace`, so the contents are seen as they were published.
        let current = self.current.load(Ordering::Acquire);
        // SAFETY: `current` is valid by the invariant, and is not freed before this core is quiet, which it
        // is not inside `with`.
        f(unsafe { &*current })
    }

    /// Publishes `new`. Readers that hold the old value keep it; it is dropped after a grace period, on
    /// whichever core reclaims.
    ///
    /// # Context
    ///
    /// Not in an interrupt: it allocates.
    pub fn replace(&self, new: Box<T>) {
        // Room to retire the old value comes first: who runs out of memory runs out before anything has
        // changed.
        let room = Room::new();
        // Release: the contents of `new` come before its address. Acquire: the old contents come before their
        // drop.
        let old = self.current.swap(Box::into_raw(new), Ordering::AcqRel);
        if let Some(old) = self.owned(old) {
            // SAFETY: by the invariant of `current`, and swapped out just now.
            let old = unsafe { Unpublished::new(old) };
            self.grace.retire(room.fill(move || old.free()));
        }
    }

    fn owned(&self, value: *mut T) -> Option<NonNull<T>> {
        if ptr::eq(value, self.initial) { None } else { NonNull::new(value) }
    }
}

/// A value that no new reader can reach. A pointer and not a box, since old readers still look at it.
pub(crate) struct Unpublished<T>(NonNull<T>);

// SAFETY: it is the only owner of a `T`, and is only made where `T: Send`.
unsafe impl<T: Send> Send for Unpublished<T> {}

impl<T> Unpublished<T> {
    /// Takes it over.
    ///
    /// # Safety
    ///
    /// It is from `Box::into_raw`, the caller's own, and no reader can come to it any more.
    pub(crate) unsafe fn new(value: NonNull<T>) -> Self {
        Self(value)
    }

    /// Drops it, when its readers are gone.
    pub(crate) fn free(self) {
        // SAFETY: from `Box::into_raw` and ours, as was promised to `new`; whoever calls comes after a grace period.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl<T: 'static> Drop for Snapshot<T> {
    fn drop(&mut self) {
        // Relaxed: `&mut self` proves that nobody else is here.
        let current = self.current.load(Ordering::Relaxed);
        if !ptr::eq(current, self.initial) {
            // SAFETY: came from `Box::into_raw`; no reader is inside, since `with` borrows the cell.
            drop(unsafe { Box::from_raw(current) });
        }
    }
}

impl<T: 'static> fmt::Debug for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use alloc::boxed::Box;
    use std::sync::Arc;
    use std::thread;

    use super::Snapshot;
    use crate::grace::Grace;

    fn grace() -> &'static Grace {
        Box::leak(Box::new(Grace::new()))
    }

    #[test]
    fn reads_what_was_published_last() {
        let grace = grace();
        let _reader = grace.register_thread();
        let snapshot = Snapshot::new(grace, &1);
        assert_eq!(snapshot.with(|value| *value), 1);
        snapshot.replace(Box::new(2));
        assert_eq!(snapshot.with(|value| *value), 2);
    }

    #[test]
    fn replaced_value_is_dropped_only_after_a_quiet_point() {
        let grace = grace();
        let mut reader = grace.register_thread();
        let value = Arc::new(());
        let snapshot: Snapshot<Option<Arc<()>>> = Snapshot::new(grace, &None);
        snapshot.replace(Box::new(Some(Arc::clone(&value))));
        snapshot.replace(Box::new(None));
        for _ in 0..3 {
            assert_eq!(grace.reclaim(), 0);
            assert_eq!(Arc::strong_count(&value), 2);
        }
        reader.quiet();
        assert_eq!(grace.reclaim(), 1);
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn value_replaced_inside_a_read_lives_until_the_read_ends() {
        let grace = grace();
        let mut reader = grace.register_thread();
        let snapshot = Snapshot::new(grace, &0);
        snapshot.replace(Box::new(1));
        snapshot.with(|value| {
            snapshot.replace(Box::new(2));
            for _ in 0..3 {
                assert_eq!(grace.reclaim(), 0);
            }
            assert_eq!(*value, 1);
        });
        reader.quiet();
        assert_eq!(grace.reclaim(), 1);
    }

    #[test]
    fn dropped_cell_drops_the_value_it_holds() {
        let grace = grace();
        let value = Arc::new(());
        let snapshot: Snapshot<Option<Arc<()>>> = Snapshot::new(grace, &None);
        snapshot.replace(Box::new(Some(Arc::clone(&value))));
        drop(snapshot);
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    #[should_panic = "not registered with"]
    fn thread_that_is_no_core_cannot_read() {
        Snapshot::new(grace(), &1).with(|_| ());
    }

    #[test]
    #[should_panic = "not registered with"]
    fn core_of_another_grace_cannot_read() {
        let _reader = grace().register_thread();
        Snapshot::new(grace(), &1).with(|_| ());
    }

    #[test]
    fn thread_whose_reader_is_gone_cannot_read() {
        let grace = grace();
        drop(grace.register_thread());
        let read = thread::spawn(|| Snapshot::new(grace, &1).with(|value| *value)).join();
        assert!(read.is_err());
    }
}
