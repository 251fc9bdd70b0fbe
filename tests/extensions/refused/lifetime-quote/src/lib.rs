//! lifetime-quote: a crate of its own writes a lifetime before a string.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "lifetime-quote", init: init }

fn init(_me: &Identity) -> InitResult {
    tick::touch();
    Ok(())
}
