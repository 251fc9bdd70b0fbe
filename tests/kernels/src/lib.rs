//! The test kernel.
#![no_std]
