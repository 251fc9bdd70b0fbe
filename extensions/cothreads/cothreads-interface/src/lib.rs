//! Cothreads interface: coroutines that hand each other the right to run.
//!
//! The members of a [`Group`] are strands of one core. One of them runs at a time: the one that has the group's baton. It keeps it until
//! it gives it away ([`Baton`]); no other member takes it from it, so what the members share needs no lock among them. This
//! package keeps a state of its own, who may run, beside the kernel's, who could.
//!
//! ```text
//!   who gives:  writes down who has the baton  ->  unblocks that strand  ->  blocks its own until it has it again
//! ```
//!
//! Invariants: one member at most has the baton, and it stands in the ring. A member that ends leaves the ring and gives the baton to
//! the next, by a destructor; one that was ended without destructors, by a fault, is found by those that wait, at the
//! latest after [`PATIENCE_NS`]. A member's strand belongs to the extension that its closure is compiled into.
//!
//! This crate does not know what the members do. Other strands of the core take turns with the one that runs, as ever.
//!
//! Source: the thread packages of Bershad and others, *Extensibility, Safety and Performance in the SPIN Operating System*, SOSP 1995,
//! 4.2; `transfer` is that of Wirth, *Programming in Modula-2*, 1982.
#![no_std]

extern crate alloc;

mod baton;
mod failure;
mod group;
mod ring;

pub use baton::Baton;
pub use failure::BatonError;
pub use group::{Group, Member};
pub use ring::{MemberId, PATIENCE_NS};
