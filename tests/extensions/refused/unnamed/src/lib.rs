//! unnamed: names an interface that its manifest does not.
#![no_std]

use spindle_domain::{Domain, InitResult, extension};

extension! { name: "unnamed", init: init }

fn init(_domain: &Domain) -> InitResult {
    Ok(())
}

use spindle_control as _;
