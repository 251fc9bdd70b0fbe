//! Capability: the right to use something of another's, which that one can take back.
//!
//! An [`Issuer`] is a private `static` of whoever gives rights. What it issues is [`Issued`] to its holder, who hands out
//! a [`Capability`] to each who may use it, and revokes all of them at once. Use is a load and a branch more than that of a
//! plain reference. [`References`] are what code outside of the kernel is given in place of capabilities: integers.
//!
//! Invariants: a value is reached by way of [`Capability::with`] only, so no reference to it outlives one use; it is
//! dropped when every core has been quiet since it was revoked, or since its last capability went. Whose a capability is,
//! is told by the address of the code that drops its value, and all of a domain's are revoked before its code goes. Nothing
//! here relies on a destructor being run.
//!
//! A type is told by its `TypeId`. That the same one means the same type in two extensions is what their build answers for.
//!
//! This crate does not know domains, nor who is told what right; an integer is worth nothing without the table that it
//! belongs to, and whose table that is is not known here.
#![no_std]

extern crate alloc;

#[cfg(test)]
extern crate std;

mod capability;
mod issuer;
mod list;
mod references;

pub use capability::{AnyCapability, Capability, Revoked, WrongType};
pub use issuer::{Issued, Issuer};
pub use list::withdraw;
pub use references::{MOST_SLOTS, Reference, ReferenceError, References};
