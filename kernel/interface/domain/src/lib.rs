//! Domain: what an extension is to the kernel, and how the one finds the other's entry.
//!
//! [`extension!`] names an extension and its entry function; it expands to one record that the kernel reads when it
//! loads the object. The entry gets an [`Identity`]: who the extension is, and the right to open its events to text
//! ([`Identity::open`]).
//!
//! Invariants: what is opened by name belongs to the code that opened it, as a binding does, and goes with it. Nothing
//! here relies on a destructor being run.
//!
//! This crate does not know how objects are loaded, nor which interfaces a domain was granted.
#![no_std]

extern crate alloc;

#[cfg(test)]
extern crate std;

mod entry;
mod identity;
pub mod names;

pub use entry::{EntryRecord, Init, InitResult};
pub use identity::{DomainId, Identity};
pub use names::{OpenError, TextError};
