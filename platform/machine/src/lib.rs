//! One core and its memory.
#![no_std]
#![expect(unsafe_code, reason = "this crate is where the machine is touched; see docs/UNSAFE.md")]

pub mod mmio;
