//! published-script: publishes a crate whose build script would run on the host.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-script", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
