//! The kernel proper.
#![no_std]
