//! Locked: what holds a mutex, and has its value meanwhile.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use spindle_strand::Strand;

use super::Mutex;
use crate::poison::Since;

/// Holds a [`Mutex`] until it is dropped. Dropped because its thread panics or is ended it leaves that poisoned. One that is forgotten holds
/// it until its thread ends.
#[must_use = "the lock is open as soon as this is dropped"]
pub struct Locked<'l, T: Send> {
    lock: &'l Mutex<T>,
    holder: Strand,
    // INVARIANT: there, until it is dropped.
    value: Option<T>,
    since: Since,
    _stays_in_its_strand: PhantomData<*mut ()>,
}

impl<'l, T: Send> Locked<'l, T> {
    pub(super) fn new(lock: &'l Mutex<T>, holder: Strand, value: T) -> Self {
        Self { lock, holder, value: Some(value), since: Since::now(), _stays_in_its_strand: PhantomData }
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
            self.lock.open(self.holder, value, self.since.is_given_up());
        }
    }
}

impl<T: Send + fmt::Debug> fmt::Debug for Locked<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}
