//! foreign-macro: the lint against `unsafe` keeps silent about macros of other crates.
#![no_std]

use spindle_domain::{Domain, InitResult, extension};

extension! { name: "foreign-macro", init: init }

fn init(domain: &Domain) -> InitResult {
    let name = domain.name().as_ptr();
    if dereference::read!(name) == 0 { Err("empty".into()) } else { Ok(()) }
}
