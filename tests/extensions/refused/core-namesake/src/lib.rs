//! core-namesake: has a crate that is called like the compiler's own.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "core-namesake", init: init }

fn init(_me: &Identity) -> InitResult {
    core::touch();
    Ok(())
}
