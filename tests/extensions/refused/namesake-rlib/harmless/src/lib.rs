//! Called like an interface.
#![no_std]

pub fn touch() {}
