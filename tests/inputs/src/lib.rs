//! What must hold of any input: one function for each kind of bytes that the kernel is given from outside.
//!
//! `tests/fuzz` runs each on inputs that a fuzzer makes up; `tests/regressions.rs` runs each on the inputs in `corpus`, which
//! are small, and of which some once failed. The functions are the same for both. They panic when something doesn't hold.

extern crate alloc;

pub mod archive;
pub mod file;
pub mod names;
pub mod note;
pub mod object;
pub mod path;
pub mod relocate;
pub mod transfer;
