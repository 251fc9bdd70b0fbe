//! Input: the bytes the operator typed, as they came.

use core::fmt;

use spindle_event::Event;
use spindle_sync::Authority;

use crate::CONSOLE;

/// Raised with what was typed, in order. Bytes are not characters: a character may be split over two raises.
pub static INPUT: Event<Input> = Event::new("console-input", &CONSOLE).open_to_all();

/// A few bytes the operator typed. As large as a post carries without allocating.
#[derive(Clone)]
pub struct Input {
    count: u8,
    bytes: [u8; Self::CAPACITY],
}

impl Input {
    /// How many bytes one raise carries at most.
    pub const CAPACITY: usize = 31;

    /// Takes up to [`CAPACITY`](Self::CAPACITY) of `typed`, and says what is left. Kernel only.
    pub fn new<'a>(_: &Authority, typed: &'a [u8]) -> (Self, &'a [u8]) {
        let (now, later) = typed.split_at(typed.len().min(Self::CAPACITY));
        let mut bytes = [0; Self::CAPACITY];
        bytes[..now.len()].copy_from_slice(now);
        (Self { count: now.len() as u8, bytes }, later)
    }

    /// The bytes, in the order in which they were typed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.count)]
    }

    /// Takes the bytes out: for a filter of [`INPUT`] that keeps them from later handlers.
    #[must_use]
    pub fn take(&mut self) -> Self {
        core::mem::replace(self, Self { count: 0, bytes: [0; Self::CAPACITY] })
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Input").field(&self.bytes()).finish()
    }
}
