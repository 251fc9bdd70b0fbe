//! published-twice: has the crate that it publishes as a private dependency as well.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-twice", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
