//! default-member: is not refused, but another crate of its workspace isn't built in its place.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "default-member", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
