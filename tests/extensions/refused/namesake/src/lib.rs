//! namesake: brings a crate of its own that is called like an interface.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "namesake", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
