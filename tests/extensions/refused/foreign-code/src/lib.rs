//! foreign-code: a private crate does what the extension may not.
#![no_std]

use spindle_domain::{Domain, InitResult, extension};

extension! { name: "foreign-code", init: init }

fn init(_domain: &Domain) -> InitResult {
    if dereference::read(8) == 0 { Err("empty".into()) } else { Ok(()) }
}
