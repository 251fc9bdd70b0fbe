//! Exclusive: a value that one handler at a time may change.
//!
//! For the state that a handler keeps between raises. Nothing waits and no interrupt is masked while the value is in
//! use: it is taken out of its place and put back. Who comes in between (a raise from within the same handler, or
//! one on another core) is told so.

use core::fmt;

use spindle_sync::Lock;

/// A value in one place, in use by at most one caller.
pub struct Exclusive<T> {
    /// Empty while in use. Lock order: nothing else is locked while this is held.
    place: Lock<Option<T>>,
}

/// The value is in use, or its last user never gave it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value is in use")
    }
}

impl core::error::Error for Busy {}

impl<T> Exclusive<T> {
    /// Holds `value`. Moving the value is what taking it costs: box it when it is large.
    pub const fn new(value: T) -> Self {
        Self { place: Lock::new(Some(value)) }
    }

    /// Lends the value to `work`.
    ///
    /// # Errors
    /// [`Busy`] when it is lent already; `work` did not run then.
    pub fn with<U>(&self, work: impl FnOnce(&mut T) -> U) -> Result<U, Busy> {
        let mut value = self.place.lock().take().ok_or(Busy)?;
        let outcome = work(&mut value);
        *self.place.lock() = Some(value);
        Ok(outcome)
    }
}

impl<T> fmt::Debug for Exclusive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exclusive")
    }
}

#[cfg(test)]
mod tests {
    use super::{Busy, Exclusive};

    #[test]
    fn a_lent_value_is_busy_until_it_is_back() {
        let value = Exclusive::new(1);
        let inner = value.with(|number| {
            *number += 1;
            value.with(|_| ())
        });
        assert_eq!(inner, Ok(Err(Busy)));
        assert_eq!(value.with(|number| *number), Ok(2));
    }
}
