//! included-file: what is included from a file of another kind is code all the same.
#![no_std]

use spindle_domain::{Domain, InitResult, extension};

extension! { name: "included-file", init: init }

fn init(_domain: &Domain) -> InitResult {
    Ok(())
}

include!("table.inc");
