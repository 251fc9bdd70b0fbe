//! Console: text out to the operator, bytes in from the operator.
//!
//! A [`Console`] is the capability to write; who has one got it from [`Console::open`]. What is typed arrives as raises
//! of [`INPUT`], on the core that takes the device's interrupt, in the order of its arrival.
//!
//! Invariants: what one call writes is never interleaved with what another writes, on any core. An [`Input`] can be
//! made by the kernel alone, so nobody can claim that the operator typed something.
//!
//! This crate does not know the device. The kernel serves it ([`serve`]).
#![no_std]

extern crate alloc;

mod input;
mod output;

pub use input::{INPUT, Input};
pub use output::{Console, OpenError, serve};

/// Owns the events that are declared here.
pub(crate) static CONSOLE: spindle_event::Owner = spindle_event::Owner::new();
