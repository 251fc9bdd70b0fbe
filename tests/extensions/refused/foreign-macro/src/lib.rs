//! foreign-macro: the lint against `unsafe` keeps silent about macros of other crates.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "foreign-macro", init: init }

fn init(me: &Identity) -> InitResult {
    let name = me.name().as_ptr();
    if dereference::read!(name) == 0 { Err("empty".into()) } else { Ok(()) }
}
