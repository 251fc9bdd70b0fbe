//! Starts QEMU, reads what the guest says, and judges it.
//!
//! - [`machine`]: which machine to emulate, as data; [`tree`]: the device tree that it is given; [`qemu`]: the only place that
//!   makes QEMU command lines of it.
//! - [`terminal`]: the serial line as a person would see it; [`session`]: one QEMU from start to exit, typed to at prompts.
//! - [`judge`]: what a transcript and an exit status amount to. A run passes only if everything announced came about.
//! - [`cases`]: the table of all runs; [`trials`]: that table run as a test binary would.
//!
//! Knows nothing of how images are built: they are given as paths.

pub mod cases;
pub mod judge;
pub mod machine;
pub mod qemu;
pub mod session;
pub mod terminal;
pub mod tree;
pub mod trials;
