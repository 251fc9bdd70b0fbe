//! Has a module from outside its folder.
#![no_std]

#[path = "../../../foreign-code/dereference/src/lib.rs"]
pub mod dereference;

pub fn touch() {}
