//! Says of a pointer that all cores may have it.
#![no_std]

pub struct Smuggled(pub *mut u64);

unsafe impl Sync for Smuggled {}

pub fn touch() {}
