//! other-name: comes along as somebody else.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "echo", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
