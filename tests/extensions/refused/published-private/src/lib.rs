//! published-private: publishes a crate that has a private dependency: others would be linked to that unseen.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-private", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
