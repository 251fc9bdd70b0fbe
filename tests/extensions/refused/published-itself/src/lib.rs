//! published-itself: publishes a crate that is built on itself.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-itself", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
