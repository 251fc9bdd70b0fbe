//! namesake-rlib: has a crate that is called like an interface, and is a library of another kind.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "namesake-rlib", init: init }

fn init(_me: &Identity) -> InitResult {
    spindle_event::touch();
    Ok(())
}
