//! Includes a file by the compiler's environment.
#![no_std]

include!(concat!(env!("CARGO_MANIFEST_DIR"), "/notes/read.me"));

pub fn touch() {}
