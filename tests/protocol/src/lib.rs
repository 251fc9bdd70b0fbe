//! What test kernels print and the harness reads: marker lines, benchmark rows, exit statuses.
//!
//! Written and parsed in one crate, so that both sides can't drift apart. A test kernel prints a [`Marker`] per event
//! with `Display`; the harness gives each line of the transcript to [`Marker::parse`]. Knows nothing of QEMU, of the
//! kernel, or of what makes a run a good one: that is the judge's, in the harness.
//!
//! The idea of a crate that both sides share is mycelium's `mycotest`.
#![no_std]

pub mod bench;
pub mod marker;

pub use bench::Row;
pub use marker::{Malformed, Marker};

/// The exit status of a test kernel whose tests all passed.
///
/// Not 0: a reset, a PSCI power-off and a halted board make QEMU end with 0 too.
pub const STATUS_PASSED: u32 = 33;

/// The exit status of a test kernel that ran to its end with a failed test.
pub const STATUS_FAILED: u32 = 35;

/// What a line begins with on which the kernel reports a panic of its own.
pub const PANIC: &str = "kernel panic";

/// What a line begins with on which the kernel reports an exception it can't blame on anybody.
pub const FAULT: &str = "kernel exception";
