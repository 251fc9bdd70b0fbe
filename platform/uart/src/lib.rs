//! The console's device.
#![no_std]
