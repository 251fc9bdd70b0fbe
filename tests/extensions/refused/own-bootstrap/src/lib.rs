//! own-bootstrap: tells the compiler by its own configuration of cargo to let it use what is unfinished.
#![no_std]
#![feature(core_intrinsics)]
use spindle_domain::{Identity, InitResult, extension};

extension! { name: "own-bootstrap", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
