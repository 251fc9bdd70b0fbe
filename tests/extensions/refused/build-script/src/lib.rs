//! build-script: its build script is a program that runs where it is built.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "build-script", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
