//! raw-c-string: a crate of its own spells what was once two words and is now a string.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "raw-c-string", init: init }

fn init(_me: &Identity) -> InitResult {
    old_spelling::touch();
    Ok(())
}
