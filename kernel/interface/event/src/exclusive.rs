//! Exclusive: a value that one handler at a time may change.
//!
//! For the state that a handler keeps between raises. Who finds it in use (a raise from within the same handler, or one on another
//! core) does not wait, and is told so. It is a [`Mutex`] in all else: when its user is ended in the middle, the next one is told.

use core::fmt;

use spindle_sync::{LockError, Mutex};

/// A value in one place, in use by at most one caller.
pub struct Exclusive<T> {
    value: Mutex<T, false>,
}

impl<T> Exclusive<T> {
    /// Holds `value`.
    pub const fn new(value: T) -> Self {
        Self { value: Mutex::without_waiting(value) }
    }

    /// Lends the value to `work`.
    ///
    /// # Errors
    /// [`LockError`] when it is lent already, or its last user was ended in the middle; `work` did not run then.
    ///
    /// # Context
    /// Not in interrupt context. Neither waits nor allocates.
    pub fn with<U>(&self, work: impl FnOnce(&mut T) -> U + Send) -> Result<U, LockError> {
        self.value.with(work)
    }

    /// As [`Mutex::renew`]: puts `value` in the place of one that is [poisoned](LockError::Poisoned).
    ///
    /// # Errors
    /// As for [`with`](Self::with), but not for one that is poisoned.
    pub fn renew(&self, value: T) -> Result<Option<T>, LockError> {
        self.value.renew(value)
    }
}

impl<T> fmt::Debug for Exclusive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exclusive")
    }
}

#[cfg(test)]
mod tests {
    use spindle_sync::{GRACE, LockError};

    use super::Exclusive;

    #[test]
    fn a_lent_value_is_in_use_until_it_is_back() {
        let _core = GRACE.register_thread();
        let value = Exclusive::new(1);
        let inner = value.with(|number| {
            *number += 1;
            value.with(|_| ())
        });
        assert_eq!(inner, Ok(Err(LockError::SameCore)));
        assert_eq!(value.with(|number| *number), Ok(2));
    }

    #[test]
    fn who_comes_after_a_panic_is_told_and_renews_it() {
        let _core = GRACE.register_thread();
        let value = Exclusive::new(1);
        let panicked = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            let _ = value.with(|_| panic!("it was to be expected"));
        }));
        assert!(panicked.is_err());
        assert_eq!(value.with(|_| ()), Err(LockError::Poisoned));
        assert_eq!(value.renew(4), Ok(None));
        assert_eq!(value.with(|number| *number), Ok(4));
    }
}
