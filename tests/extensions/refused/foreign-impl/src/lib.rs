//! foreign-impl: a crate of its own says of a pointer that all cores may have it.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "foreign-impl", init: init }

fn init(_me: &Identity) -> InitResult {
    smuggle::touch();
    Ok(())
}
