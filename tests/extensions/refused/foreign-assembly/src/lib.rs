//! foreign-assembly: a crate of its own writes machine code.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "foreign-assembly", init: init }

fn init(_me: &Identity) -> InitResult {
    machine_code::touch();
    Ok(())
}
