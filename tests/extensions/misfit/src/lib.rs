//! misfit: finds in its entry that it does not fit, and says so.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "misfit", init: init }

fn init(_me: &Identity) -> InitResult {
    Err("does not fit here".into())
}
