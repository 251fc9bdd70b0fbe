//! Clock: what time it is, and timers on a chosen core.
//!
//! Time is counted in nanoseconds since the machine's counter started; it is the same on every core and never goes
//! back. A [`Timer`] has its handler called on the core it was started for; behind that stands [`EXPIRED`], which is
//! raised for every timer and can be watched.
//!
//! Invariants: a timer belongs to the code its handler is compiled into, as a binding does; the kernel stops what an
//! unloaded domain left running. An [`Expiry`] can be made by the kernel alone.
//!
//! This crate does not know the counter nor the queue of timers. The kernel serves both ([`serve`]).
#![no_std]

mod now;
mod service;
mod timer;

pub use now::{frequency_hz, now_ns, now_ticks, ticks_to_ns};
pub use service::{Counter, Request, serve};
pub use timer::{EXPIRED, Expiry, Timer, TimerError, TimerId};

/// Owns the events that are declared here.
pub(crate) static CLOCK: spindle_event::Owner = spindle_event::Owner::new();
