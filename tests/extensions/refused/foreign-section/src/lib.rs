//! foreign-section: a crate of its own puts a second record beside the entry's.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "foreign-section", init: init }

fn init(_me: &Identity) -> InitResult {
    second_entry::touch();
    Ok(())
}
