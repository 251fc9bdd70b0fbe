//! Built on the other.
#![no_std]

pub use left_interface as other;
