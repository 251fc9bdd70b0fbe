//! No exceptions arrive.

use super::context::Context;
pub use crate::fault::{Cause, Fault, Upcalls};
use core::marker::PhantomData;
use spindle_sync::Authority;
use spindle_sync::boundary::Landing;

/// A core that is never interrupted.
#[derive(Debug)]
pub struct Interrupted<'a>(PhantomData<&'a mut ()>);

/// An address to return to, which nobody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Return {
    /// The address.
    pub address: usize,
}

impl Interrupted<'_> {
    /// Nowhere.
    pub fn pc(&self) -> usize {
        0
    }

    /// Never open.
    pub fn settle_reserve(&mut self) -> (bool, bool) {
        (false, false)
    }

    /// Nothing to call off.
    pub fn call_off(&mut self) {}

    /// Nothing to give up.
    pub fn give_up(&mut self, _: &Landing) {}

    /// Nothing to set aside.
    pub fn set_aside<T: Sync>(&mut self, _: &Authority, _: &Context<T>, _: &Context<T>, _: &'static T) {}

    /// No returns.
    pub fn find_return(&self, _: usize, _: impl Fn(usize) -> bool) -> Option<Return> {
        None
    }

    /// Nothing to give up.
    pub fn give_up_on_return(&mut self, _: Return) {}
}

/// Forgets them: nothing calls up here.
pub fn register(_: Upcalls) {}

/// Nothing to mask.
pub fn irqs_unmask() {}

/// Nothing to mask.
pub fn irqs_mask() {}
