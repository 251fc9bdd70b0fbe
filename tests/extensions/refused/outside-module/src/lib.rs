//! outside-module: a crate of its own has a module from another folder.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "outside-module", init: init }

fn init(_me: &Identity) -> InitResult {
    borrower::touch();
    Ok(())
}
