//! Identity: who an extension is, as a value that nobody else can make.
//!
//! The kernel makes it and lends it to the extension's entry. Who wants something by its own right (a name, a domain) shows
//! it; an extension that hands its own to another lets that one act for it.

use alloc::boxed::Box;
use core::fmt;
use core::str::FromStr;

use spindle_event::{Event, Merge};
use spindle_sync::Authority;

use crate::names::{self, OpenError};

/// Names a domain for as long as the kernel runs; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainId(u32);

impl DomainId {
    /// The domain of that number. Kernel only.
    pub const fn new(_: &Authority, number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for DomainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A loaded extension as it sees itself: proof of being it.
#[derive(Debug)]
pub struct Identity {
    id: DomainId,
    name: Box<str>,
}

impl Clone for Identity {
    /// A copy with a text of its own: it lies on the heap of whoever makes it, and neither keeps that of the other.
    #[inline]
    fn clone(&self) -> Self {
        Self { id: self.id, name: (*self.name).into() }
    }
}

impl Identity {
    /// The identity of a loaded extension. Kernel only.
    pub fn new(_: &Authority, id: DomainId, name: &str) -> Self {
        Self { id, name: name.into() }
    }

    /// Number of the extension's domain.
    pub fn id(&self) -> DomainId {
        self.id
    }

    /// The extension's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lets anybody who may raise by name (the shell) raise `event` as `name`, with a text for its arguments.
    ///
    /// The name stays until the domain is unloaded.
    ///
    /// # Errors
    /// [`OpenError`] when the name is taken or is not one word.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn open<A, R, M>(&self, name: &str, event: &'static Event<A, R, M>) -> Result<(), OpenError>
    where
        A: FromStr<Err: fmt::Display> + 'static,
        R: 'static,
        M: Merge<R, Output: fmt::Debug>,
    {
        event.declare();
        names::enter(name, self.id, event)
    }
}
