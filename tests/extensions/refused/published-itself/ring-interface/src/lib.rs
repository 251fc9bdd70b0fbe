//! Built on itself.
#![no_std]
