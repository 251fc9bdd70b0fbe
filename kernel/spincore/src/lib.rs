//! The kernel proper.
#![no_std]

extern crate alloc;

mod archive;
mod clock;
mod domain;
mod log;
