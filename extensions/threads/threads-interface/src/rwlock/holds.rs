//! Holds: what reads a value, and what changes it.

use alloc::sync::Arc;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use spindle_strand::Strand;

use super::RwLock;
use crate::poison::Since;

/// Reads the value of an [`RwLock`] until it is dropped.
#[must_use = "the lock is open as soon as this is dropped"]
pub struct Reading<'l, T: Send + Sync> {
    lock: &'l RwLock<T>,
    reader: Strand,
    // INVARIANT: there, until it is dropped.
    value: Option<Arc<T>>,
    _stays_in_its_strand: PhantomData<*mut ()>,
}

/// Has the value of an [`RwLock`] alone until it is dropped. Dropped because its thread panics or is ended it leaves that poisoned.
#[must_use = "the lock is open as soon as this is dropped"]
pub struct Writing<'l, T: Send + Sync> {
    lock: &'l RwLock<T>,
    writer: Strand,
    // INVARIANT: there, until it is dropped, and the only reference.
    value: Option<Arc<T>>,
    since: Since,
    _stays_in_its_strand: PhantomData<*mut ()>,
}

impl<'l, T: Send + Sync> Reading<'l, T> {
    pub(super) fn new(lock: &'l RwLock<T>, reader: Strand, value: Arc<T>) -> Self {
        Self { lock, reader, value: Some(value), _stays_in_its_strand: PhantomData }
    }
}

impl<'l, T: Send + Sync> Writing<'l, T> {
    pub(super) fn new(lock: &'l RwLock<T>, writer: Strand, value: Arc<T>) -> Self {
        Self { lock, writer, value: Some(value), since: Since::now(), _stays_in_its_strand: PhantomData }
    }
}

impl<T: Send + Sync> Deref for Reading<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("it has the value until it is dropped")
    }
}

impl<T: Send + Sync> Deref for Writing<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("it has the value until it is dropped")
    }
}

impl<T: Send + Sync> DerefMut for Writing<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        let value = self.value.as_mut().expect("it has the value until it is dropped");
        // Readers give up their references before they leave the list, and who was ended with one has poisoned the lock.
        Arc::get_mut(value).expect("nobody reads while somebody writes")
    }
}

impl<T: Send + Sync> Drop for Reading<'_, T> {
    fn drop(&mut self) {
        // The reference first: who writes next has the only one.
        self.value = None;
        self.lock.end_read(self.reader);
    }
}

impl<T: Send + Sync> Drop for Writing<'_, T> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            self.lock.end_write(self.writer, value, self.since.is_given_up());
        }
    }
}

impl<T: Send + Sync + fmt::Debug> fmt::Debug for Reading<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}

impl<T: Send + Sync + fmt::Debug> fmt::Debug for Writing<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}
