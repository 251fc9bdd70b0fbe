//! other-name: comes along as somebody else.
#![no_std]

use spindle_domain::{Domain, InitResult, extension};

extension! { name: "echo", init: init }

fn init(_domain: &Domain) -> InitResult {
    Ok(())
}
