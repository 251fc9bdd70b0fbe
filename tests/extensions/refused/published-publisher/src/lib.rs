//! published-publisher: publishes a crate that wants to publish as well.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-publisher", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
