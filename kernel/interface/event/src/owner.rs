//! Owner: who may say how an event works.
//!
//! An owner is a `static` that its module keeps private. What proves ownership is a reference to that very `static`: no
//! other code can make one, however it is written. Several events may have one owner.

use alloc::string::String;
use core::fmt;
use core::sync::atomic::AtomicU8;

/// What proves that its holder declared an event.
///
/// ```
/// use spindle_event::{Event, Owner};
///
/// static DOOR: Owner = Owner::new();
/// pub static INTRUDER: Event<u32> = Event::new("intruder", &DOOR);
/// ```
pub struct Owner {
    /// Gives each owner an address of its own: what can change is never shared by the compiler.
    _place: AtomicU8,
}

impl Owner {
    /// One more owner.
    #[expect(clippy::new_without_default, reason = "an owner is a named static, never a default")]
    pub const fn new() -> Self {
        Self { _place: AtomicU8::new(0) }
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
    }
}

/// Somebody else is the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotOwner {
    /// Name of the event.
    pub event: String,
}

impl fmt::Display for NotOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event `{}` has another owner", self.event)
    }
}

impl core::error::Error for NotOwner {}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owner")
    }
}

#[cfg(test)]
mod tests {
    use super::Owner;

    #[test]
    fn no_two_owners_are_the_same() {
        static ONE: Owner = Owner::new();
        static OTHER: Owner = Owner::new();
        assert!(ONE.is(&ONE) && !ONE.is(&OTHER));
    }
}
