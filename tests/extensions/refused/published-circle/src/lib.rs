//! published-circle: publishes two crates that are built on each other.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-circle", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
