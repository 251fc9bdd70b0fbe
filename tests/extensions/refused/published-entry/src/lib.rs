//! published-entry: publishes a crate with an entry of its own.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-entry", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
