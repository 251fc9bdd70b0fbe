//! One core and its memory: everything of this kernel that touches the machine, behind names that are safe to call.
//!
//! `aarch64` is the machine, `host` is a stand-in with the same names, so that the crates above are built and tested on the
//! host. This crate knows no board: addresses of devices, numbers of cores and ranges of memory are arguments. It knows no
//! event, no domain and no policy either; it calls upward in two places only, the image's entry and the [`exception::Upcalls`]
//! that the kernel registers.
//!
//! Memory as the kernel sees it (39-bit upper half, 4 KiB granule):
//!
//! | from | what | permissions |
//! |---|---|---|
//! | `0xffff_ff80_0000_0000` | all RAM, linearly | read-write, never executable; the image's and the code arena's frames are left out |
//! | `0xffff_ffc0_0000_0000` | devices | device nGnRnE |
//! | `0xffff_ffe0_0000_0000` | stacks of the cores, each with an unmapped page below | read-write |
//! | `0xffff_ffe4_0000_0000` | stacks of strands, see [`stacks`] | read-write |
//! | `0xffff_ffe8_0000_0000` | heaps of their own, each in 256 MiB of addresses, see [`own_heap`] | read-write |
//! | `0xffff_ffff_8000_0000` | the image | text read-execute, rodata read-only, data read-write |
//! | `0xffff_ffff_8100_0000` | the code window for extensions | as sealed, see [`code`] |
#![cfg_attr(target_os = "none", no_std)]
#![expect(
    unsafe_code,
    reason = "this crate is where the machine is touched; docs/UNSAFE.md lists every place"
)]

#[cfg(target_os = "none")]
extern crate alloc;

#[cfg_attr(
    not(any(target_os = "none", test)),
    expect(dead_code, reason = "the host's heaps are not charged")
)]
mod account;
pub mod address;
mod code_error;
mod fault;
mod first_core;
#[cfg(any(target_os = "none", test))]
mod free_ranges;
mod memory_error;
pub mod mmio;
mod own_heap_error;
mod stack_error;
mod start_method;

#[cfg(target_os = "none")]
mod aarch64;
#[cfg(target_os = "none")]
pub use aarch64::{
    backtrace, boot, callers, code, context, cores, early, exception, heap, idle, image, memory, own_heap,
    power, reserve, stacks, timer,
};

#[cfg(not(target_os = "none"))]
mod host;
#[cfg(not(target_os = "none"))]
pub use host::{
    backtrace, boot, callers, code, context, cores, early, exception, heap, idle, image, memory, own_heap,
    power, reserve, stacks, timer,
};
