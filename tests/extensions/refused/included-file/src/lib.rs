//! included-file: what is included from a file of another kind is code all the same.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "included-file", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}

include!("table.inc");
