//! Key: a number in an event's arguments by which handlers may be found.
//!
//! A port, an interrupt number, a system call number, an address. The event's owner declares which keys it has; a
//! handler that says for which values it is meant ([`Proposal::when`](crate::Proposal::when)) is then found by an index
//! and costs nothing to those raises that don't concern it.

use core::fmt;

/// A number in the arguments `A`.
///
/// ```
/// use spindle_event::Key;
///
/// struct Packet { port: u16 }
/// static PORT: Key<Packet> = Key::new("port", |packet: &Packet| u64::from(packet.port));
/// ```
pub struct Key<A: ?Sized> {
    name: &'static str,
    of: fn(&A) -> u64,
}

impl<A: ?Sized> Key<A> {
    /// The key that `of` reads off the arguments. It is read once a raise, and must always give the same for the same.
    pub const fn new(name: &'static str, of: fn(&A) -> u64) -> Self {
        Self { name, of }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The same key, under another address.
    pub(crate) fn copy(&self) -> Self {
        Self { name: self.name, of: self.of }
    }

    #[inline(always)]
    pub(crate) fn of(&self, args: &A) -> u64 {
        (self.of)(args)
    }
}

impl<A: ?Sized> fmt::Debug for Key<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.name).finish()
    }
}
