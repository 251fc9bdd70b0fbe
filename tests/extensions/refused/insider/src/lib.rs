//! insider: asks for a crate that interfaces are built on.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "insider", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
