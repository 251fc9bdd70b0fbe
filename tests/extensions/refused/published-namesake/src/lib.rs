//! published-namesake: publishes a crate that is called like an interface of the kernel.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-namesake", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
