//! own-feature: turns on what the compiler keeps for itself.
#![no_std]
#![feature(core_intrinsics)]
use spindle_domain::{Identity, InitResult, extension};

extension! { name: "own-feature", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
