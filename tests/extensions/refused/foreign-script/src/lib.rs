//! foreign-script: has a crate that runs on the machine where it is built.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "foreign-script", init: init }

fn init(_me: &Identity) -> InitResult {
    generator::touch();
    Ok(())
}
