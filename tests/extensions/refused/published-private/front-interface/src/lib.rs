//! Shows what another crate does.
#![no_std]

pub use hidden::answer;
