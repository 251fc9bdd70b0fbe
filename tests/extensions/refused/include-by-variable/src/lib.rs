//! include-by-variable: a crate of its own includes a file that no name in it leads to.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "include-by-variable", init: init }

fn init(_me: &Identity) -> InitResult {
    borrower::touch();
    Ok(())
}
