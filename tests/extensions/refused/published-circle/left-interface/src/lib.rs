//! Built on the other.
#![no_std]

pub use right_interface as other;
