//! patched: puts a crate of its own in the place of one that was reviewed.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "patched", init: init }

fn init(_me: &Identity) -> InitResult {
    editline::touch();
    Ok(())
}
