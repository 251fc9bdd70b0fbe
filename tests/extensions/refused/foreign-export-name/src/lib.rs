//! foreign-export-name: a crate of its own exports by another name than its own.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "foreign-export-name", init: init }

fn init(_me: &Identity) -> InitResult {
    stand_in::touch();
    Ok(())
}
