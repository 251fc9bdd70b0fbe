//! What board this is, read once from the device tree.
//!
//! [`describe()`] turns a flattened device tree into a [`Board`]; [`raspberry_pi_4()`] is the description that the image carries
//! for the one machine which starts us without a tree. Everything the kernel must know about its surroundings is in there:
//! memory, cores and how they start, the interrupt controller, the timer's interrupt, the console, the boot archive.
//!
//! Boards are data. This crate touches no device, allocates nothing and needs no address mapped beyond the tree's bytes. It
//! does not know how a driver works, which core it runs on, or what the kernel will do with the description.
//!
//! Source: Devicetree Specification 0.4; bindings `arm,gic`, `arm,gic-v3`, `arm,armv8-timer`, `arm,pl011`, `arm,psci`,
//! `arm,cpus` and `reserved-memory` as documented with the Linux kernel.
#![no_std]
#![forbid(unsafe_code)]

mod chosen;
mod console;
mod controller;
mod cores;
mod describe;
mod description;
mod error;
mod landmarks;
mod memory;
mod place;
mod power;
mod raspberry_pi_4;
mod timer;
mod wiring;

pub use describe::describe;
pub use description::{
    AddressRange, Board, Conduit, Console, Core, Initrd, Interrupt, InterruptController, MAX_CORES, PowerOff,
    StartMethod, Text, Trigger,
};
pub use error::{BoardError, NodeName};
pub use raspberry_pi_4::raspberry_pi_4;
