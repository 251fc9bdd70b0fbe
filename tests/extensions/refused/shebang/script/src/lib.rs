//! Has a module that begins like a script.
#![no_std]

#[path = "script.txt"]
pub mod script;

pub fn touch() {}
