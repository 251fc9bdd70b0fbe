//! What board this is, read from the device tree.
#![no_std]
