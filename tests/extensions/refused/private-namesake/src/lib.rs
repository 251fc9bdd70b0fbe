//! private-namesake: uses a published crate, and brings one of its own that is called so.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "private-namesake", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
