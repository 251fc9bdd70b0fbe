//! Held: what is called again and again under one limit.

use core::ptr;

use super::frame::Terms;
use super::{End, machine};

/// What is called again and again under one limit: see [`Held`].
pub trait Holds<A: ?Sized>: Sync {
    /// What a call gives.
    type Output;
    /// A call.
    fn handle(&self, args: &A) -> Self::Output;
    /// A call was given up.
    fn gave_up(&self, end: End);
}

/// Something that is held to so many ticks whenever it is called, at the least cost: what [`run`](super::run) makes for each call is made
/// once.
#[derive(Debug)]
#[repr(C)]
pub struct Held<T> {
    // First: the assembly is given a pointer to it.
    pub(super) terms: Terms,
    pub(super) state: T,
}

// SAFETY: terms without guards are only read; the rest is `T`.
unsafe impl<T: Send> Send for Held<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Held<T> {}

impl<T> Held<T> {
    /// Holds `state`, whose code lies at `code`, to `limit` ticks a call.
    pub fn new(state: T, code: usize, limit: u64) -> Self {
        Self { terms: Terms { limit, code, guards: ptr::null() }, state }
    }

    /// Calls it. What it gives is there if it was not given up; if it was, it has been told.
    ///
    /// # Context
    /// Not in interrupt context. Takes no lock; allocates nothing.
    #[inline(always)]
    pub fn call<A: ?Sized>(&self, args: &A) -> Option<T::Output>
    where
        T: Holds<A>,
    {
        machine::call_held(self, args)
    }
}
