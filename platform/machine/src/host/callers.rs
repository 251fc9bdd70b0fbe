//! Nobody's frames.

use crate::fault::Fault;
use core::convert::Infallible;
use spindle_sync::Authority;
use spindle_unwind::Rule;

/// No frame: there is none of this.
#[derive(Clone, Debug)]
pub struct Callers(Infallible);

/// How the core would go on in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// By returning.
    Return,
    /// By calling something else.
    Instead(usize),
    /// By cleaning up.
    CleanUp(usize, u64),
}

/// Nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere;

impl Elsewhere {
    /// Where it was.
    pub const NOWHERE: Self = Self;

    /// Where it was.
    #[must_use]
    pub fn on_reserve(_: &Authority, _: &Fault, _: impl Fn(usize) -> bool) -> Self {
        Self
    }
}

impl Callers {
    /// None.
    #[must_use]
    pub fn here() -> Option<Self> {
        None
    }

    /// None.
    #[must_use]
    pub fn of_fault(_: &Fault) -> Option<Self> {
        None
    }

    /// None.
    #[must_use]
    pub fn at(_: usize) -> Option<Self> {
        None
    }

    /// Never called.
    #[must_use]
    pub fn is_on_stack(&self, _: usize) -> bool {
        match self.0 {}
    }

    /// Never called.
    #[must_use]
    pub fn pc(&self) -> usize {
        match self.0 {}
    }

    /// Never called.
    #[must_use]
    pub fn is_sent_to(&self, _: usize) -> bool {
        match self.0 {}
    }

    /// Never called.
    #[must_use]
    pub fn sp(&self) -> usize {
        match self.0 {}
    }

    /// Never called.
    #[must_use]
    pub fn is_below_stack(&self, _: u64) -> bool {
        match self.0 {}
    }

    /// Never called.
    pub fn step(&mut self, _: &Rule) -> bool {
        match self.0 {}
    }

    /// Never called.
    #[must_use]
    pub fn words(&self, _: usize) -> &[usize] {
        match self.0 {}
    }

    /// Never called.
    pub fn go_on(self, _: &Authority, _: Onward) -> ! {
        match self.0 {}
    }

    /// Never called.
    #[must_use]
    pub fn elsewhere(&self, _: &Authority, _: extern "C" fn() -> !) -> Elsewhere {
        match self.0 {}
    }
}
