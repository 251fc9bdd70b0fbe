//! published-unsafe: publishes a crate that does what it may not do itself.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-unsafe", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
