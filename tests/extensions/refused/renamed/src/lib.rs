//! renamed: calls a crate of its own like an interface, by its manifest.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "renamed", init: init }

fn init(_me: &Identity) -> InitResult {
    spindle_event::touch();
    Ok(())
}
