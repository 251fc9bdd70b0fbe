//! Scheduler: who runs on a core next, decided by an extension.
//!
//! The kernel's own scheduler (priorities, turns within one) has every core to begin with. An extension that has a [`Scheduler`] stands
//! for the office ([`Candidate::stand`]) and is appointed to it for one core or for all, by itself or by an operator. From then on it is told
//! who can run there, and asked who does.
//!
//! Invariants: the kernel keeps its own list of who can run, so a scheduler can lose nobody. One that names who can't run, names
//! nobody while somebody could run, keeps somebody waiting for longer than it has promised, panics or takes too long loses its office for
//! good, on all its cores, and the kernel's own takes over. A core has one scheduler at a time.
//!
//! For domains that are given it: whoever can name this crate may decide for strands of others.
//!
//! This crate does not know queues, nor when a turn ends. The kernel serves it ([`serve`]).
//!
//! Source: Bershad and others, *Extensibility, Safety and Performance in the SPIN Operating System*, SOSP 1995, 4.2: there too the
//! global scheduler can be replaced, but not by any application.
#![no_std]

extern crate alloc;

mod candidate;
mod failure;
mod hearing;
mod scheduler;
mod service;

pub use candidate::{Candidate, Promise};
pub use failure::OfficeError;
pub use hearing::{Heard, Occasion, hear};
pub use scheduler::{Departure, Scheduler, Turn};
pub use service::{Offices, Standing, serve};
