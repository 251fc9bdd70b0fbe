//! Strand: something that the kernel runs, by turns with others, on a stack of its own.
//!
//! A [`Strand`] is a capability: whoever holds one may block, unblock and end it. It is begun with a closure
//! ([`Builder::start`]) that is lent a [`Me`], the means to leave the core: who blocks, yields or sleeps shows it. It can't be
//! kept, sent or captured by a handler. So nobody blocks in the middle of a raise, and none who holds a lock of the kernel's.
//!
//! Behind it stand four events. [`UNBLOCK`] is raised to have a strand run, [`BLOCK`] to have it wait; the global scheduler
//! handles both, unless the strand has another one. [`RESUME`] and [`CHECKPOINT`] tell a strand's thread package that it is about
//! to have a core, and does not have it any more. Who holds the strand says who handles them ([`Strand::on`]).
//!
//! Invariants: a strand belongs to the domain its closure is compiled into; when that ends, so do its strands. A handle of a strand that
//! has ended says so, and never means another one. Nothing here relies on a destructor being run.
//!
//! This crate does not know stacks, queues or registers. The kernel serves it ([`serve`]).
//!
//! Source: Bershad and others, *Extensibility, Safety and Performance in the SPIN Operating System*, SOSP 1995, 4.2.
#![no_std]

extern crate alloc;

#[cfg(test)]
extern crate std;

mod builder;
mod events;
mod failure;
mod me;
mod package;
mod priority;
mod service;
mod strand;

pub use builder::Builder;
pub use events::{BLOCK, CHECKPOINT, RESUME, UNBLOCK};
pub use failure::StrandError;
pub use me::{Me, Wakeup};
pub use package::Moment;
pub use priority::Priority;
pub use service::{Body, Plan, Strands, serve, serve_events};
pub use strand::{State, Strand};

/// Owns the events that are declared here.
pub(crate) static STRANDS: spindle_event::Owner = spindle_event::Owner::new();
