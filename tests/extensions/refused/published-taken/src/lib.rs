//! published-taken: publishes a crate under a name that another extension's crate has.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-taken", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
