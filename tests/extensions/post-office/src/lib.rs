//! post-office: publishes the events of an office, and has nothing to do with who holds it.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "post-office", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
