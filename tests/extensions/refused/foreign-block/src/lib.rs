//! foreign-block: a crate of its own declares what it was not given.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "foreign-block", init: init }

fn init(_me: &Identity) -> InitResult {
    backdoor::touch();
    Ok(())
}
