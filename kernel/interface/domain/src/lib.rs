//! Domain: what an extension is to the kernel, and how the one finds the other's entry.
//!
//! [`extension!`] names an extension and its entry function; it expands to one record that the kernel reads when it
//! loads the object. The entry gets an [`Identity`]: who the extension is, and the right to open its events to text
//! ([`Identity::open`]). A [`Domain`] is the capability for something that is linked: with it extensions link objects to
//! each other, and hand on what they may link to.
//!
//! Invariants: what is opened by name belongs to the code that opened it, as a binding does, and goes with it. Nothing
//! here relies on a destructor being run.
//!
//! This crate does not know how objects are loaded, nor which interfaces a domain was granted.
#![no_std]

extern crate alloc;

#[cfg(test)]
extern crate std;

pub mod domain;
mod entry;
mod failure;
mod identity;
pub mod names;
mod quotas;
mod restart;
mod rights;
mod size;

pub use domain::{Domain, Domains, Source};
pub use entry::{EntryRecord, Give, Init, InitResult, Take, Version};
pub use failure::{DomainError, Refused, Stage};
pub use identity::{DomainId, Identity};
pub use names::{OpenError, TextError};
pub use quotas::{QuotaError, Quotas};
pub use restart::Restart;
pub use rights::Rights;
pub use spindle_sync::{HandOver, LockError, Mutex, RingIn, RingOut, Slot, hand_over, ring};
