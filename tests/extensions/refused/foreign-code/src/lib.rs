//! foreign-code: a private crate does what the extension may not.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "foreign-code", init: init }

fn init(_me: &Identity) -> InitResult {
    if dereference::read(8) == 0 { Err("empty".into()) } else { Ok(()) }
}
