//! Locked: what holds a mutex, and has its value meanwhile.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use spindle_strand::Strand;

use super::Mutex;

/// Holds a [`Mutex`] until it is dropped. One that is forgotten holds it until its thread ends.
#[must_use = "the lock is open as soon as this is dropped"]
pub struct Locked<'l, T: Send> {
    lock: &'l Mutex<T>,
    holder: Strand,
    // INVARIANT: there, until it is dropped.
    value: Option<T>,
    poisons: bool,
    _stays_in_its_strand: PhantomData<*mut ()>,
}

impl<'l, T: Send> Locked<'l, T> {
    pub(super) fn new(lock: &'l Mutex<T>, holder: Strand, value: T) -> Self {
        Self { lock, holder, value: Some(value), poisons: false, _stays_in_its_strand: PhantomData }
    }

    /// Whether it leaves the lock poisoned.
    pub(super) fn poisons(&mut self, poisons: bool) {
        self.poisons = poisons;
    }

    /// What it holds.
    pub(crate) fn mutex(&self) -> &'l Mutex<T> {
        self.lock
    }
}

impl<T: Send> Deref for Locked<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("it has the value until it is dropped")
    }
}

impl<T: Send> DerefMut for Locked<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("it has the value until it is dropped")
    }
}

impl<T: Send> Drop for Locked<'_, T> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            self.lock.open(self.holder, value, self.poisons);
        }
    }
}

impl<T: Send + fmt::Debug> fmt::Debug for Locked<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}
