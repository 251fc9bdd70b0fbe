//! derived: a procedural macro is a program that writes code.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "derived", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
