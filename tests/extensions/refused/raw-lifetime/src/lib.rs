//! raw-lifetime: a crate of its own splits a raw lifetime, as old editions let it.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "raw-lifetime", init: init }

fn init(_me: &Identity) -> InitResult {
    tick::touch();
    Ok(())
}
