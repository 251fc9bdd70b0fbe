//! unnamed: names an interface that its manifest does not.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "unnamed", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}

use spindle_control as _;
