//! host-library: wants the library of a system that isn't there.
#![no_std]
extern crate std;

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "host-library", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
