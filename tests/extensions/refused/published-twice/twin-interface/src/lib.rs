//! Twice.
#![no_std]

/// Nothing.
pub fn nothing() {}
