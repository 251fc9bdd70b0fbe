//! Domain: what an extension is to the kernel, and how the one finds the other's entry.
//!
//! [`extension!`] names an extension and its entry function; it expands to one record that the kernel reads when it
//! loads the object. The entry gets a [`Domain`]: the extension's own name, and the right to open its events to text
//! ([`Domain::open`]).
//!
//! Invariants: what is opened by name belongs to the code that opened it, as a binding does, and goes with it. Nothing
//! here relies on a destructor being run.
//!
//! This crate does not know how objects are loaded, nor which interfaces a domain was granted.
#![no_std]

extern crate alloc;

#[cfg(test)]
extern crate std;

mod domain;
mod entry;
pub mod names;

pub use domain::{Domain, DomainId};
pub use entry::{EntryRecord, Init, InitResult};
pub use names::{OpenError, TextError};
