//! The kernel proper: what stands between the machine and the extensions.
//!
//! [`start`] brings the cores from the machine's entry into their run loops; from then on everything is a raise. The walks
//! that the kernel is about are one function each, in a file that is called so:
//!
//! - *Interrupt*: `interrupt.rs`, from the vector to the inbox, and from the run loop to the handlers.
//! - *Load*: `domain/load.rs`, from the bytes of a signed object to a running domain.
//! - *Unload*: `domain/unload.rs`, the same backwards, with a grace period.
//! - *Replace*: `domain/replace.rs`, one version in place of another in one step.
//!
//! (One more, *raise*, is the interface's own: `spindle_event`.)
//!
//! # Invariants
//!
//! 1. No code of an extension runs in interrupt context.
//! 2. No `unsafe` here: what needs it is in `spindle_machine` and `spindle_sync`.
//! 3. A domain owns all that its code installed or imported; ownership goes by the address of code.
//! 4. A raise never waits for an install, a load or an unload.
//! 5. No page is writable and executable at once.
//!
//! It calls upward in few places only: an extension's entry, what it gives or takes at a replace, handlers, when their event is
//! raised, and the nameserver's authorizers. It does not know boards beyond their description, nor how an instruction is encoded.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod archive;
mod arguments;
mod authority;
mod budget;
mod clock;
mod console;
mod containment;
mod control;
mod counts;
mod culprit;
mod dispatcher;
mod domain;
mod foreign_call;
mod interrupt;
mod log;
mod lookout;
mod nameserver;
mod place;
mod port;
pub mod report;
mod restart;
mod roster;
mod scarcity;
pub mod start;
mod strand;
mod symbols;
mod ticks;
mod timer;
mod turn;
mod uptime;
mod whereabouts;
