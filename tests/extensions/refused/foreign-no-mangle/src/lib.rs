//! foreign-no-mangle: a crate of its own chooses a name that the kernel has.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "foreign-no-mangle", init: init }

fn init(_me: &Identity) -> InitResult {
    stand_in::touch();
    Ok(())
}
