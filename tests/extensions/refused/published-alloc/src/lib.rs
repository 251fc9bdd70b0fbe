//! published-alloc: publishes a crate that is called like one of the compiler's.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-alloc", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
