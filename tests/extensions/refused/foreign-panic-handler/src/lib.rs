//! foreign-panic-handler: a crate of its own wants the last word on panics.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "foreign-panic-handler", init: init }

fn init(_me: &Identity) -> InitResult {
    last_word::touch();
    Ok(())
}
