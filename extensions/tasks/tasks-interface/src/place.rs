//! Place: where at most one value is, for whoever comes.
//!
//! Invariants: nothing of others runs while the lock is held, so nobody waits for long and no circle comes about. Who was ended in
//! the middle leaves an empty place: what was in it is forgotten.
//!
//! Does not know what the value is for.

use spindle_domain::{LockError, Mutex};

/// A value, or none.
pub(crate) struct Place<T> {
    value: Mutex<Option<T>>,
}

impl<T: Send> Place<T> {
    pub(crate) const fn new() -> Self {
        Self { value: Mutex::new(None) }
    }

    /// Puts `value` there; gives back what was there.
    ///
    /// # Errors
    /// [`LockError`] when the caller is ended or holds too many locks; `value` is dropped.
    pub(crate) fn put(&self, value: T) -> Result<Option<T>, LockError> {
        self.with(|place| place.replace(value))
    }

    /// Takes out what is there.
    pub(crate) fn take(&self) -> Option<T> {
        self.with(Option::take).ok().flatten()
    }

    /// Runs `work`, which calls nothing of others.
    ///
    /// # Errors
    /// As for [`put`](Self::put); `work` did not run.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Option<T>) -> R + Send) -> Result<R, LockError> {
        let mut work = Some(work);
        let first = self.value.with(|place| work.take().map(|work| work(place)));
        let outcome = match first {
            Err(LockError::Poisoned) => {
                self.value.renew(None)?;
                self.value.with(|place| work.take().map(|work| work(place)))
            }
            other => other,
        };
        // `work` is there until it runs, and it ran where the lock was held.
        outcome.and_then(|done| done.ok_or(LockError::Poisoned))
    }
}

impl<T: Send + Clone> Place<T> {
    /// Another one of what is there.
    pub(crate) fn get(&self) -> Option<T> {
        self.with(|place| place.clone()).ok().flatten()
    }
}
