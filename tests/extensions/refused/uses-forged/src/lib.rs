//! uses-forged: uses a folder whose metadata is not what was published.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "uses-forged", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
