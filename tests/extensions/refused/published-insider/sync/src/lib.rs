//! Not the kernel's.
#![no_std]
