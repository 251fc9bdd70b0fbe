//! uses-nobody: uses a crate that nobody publishes.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "uses-nobody", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
