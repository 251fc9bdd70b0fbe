//! A second way in.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-entry", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
