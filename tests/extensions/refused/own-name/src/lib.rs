//! own-name: calls its crate like one of the kernel's.
#![no_std]
#![crate_name = "spindle_event"]
use spindle_domain::{Identity, InitResult, extension};

extension! { name: "own-name", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
