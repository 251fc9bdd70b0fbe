//! target-feature: uses registers that the kernel doesn't save.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "target-feature", init: init }

#[target_feature(enable = "neon")]
fn wide() {}

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
