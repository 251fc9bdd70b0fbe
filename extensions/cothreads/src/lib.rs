//! Cothreads: coroutines that hand each other the right to run, for other extensions.
//!
//! All there is to it is the crate `cothreads-interface`, which this extension publishes: others are linked to it and call it directly.
//! It works without anything done here.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "cothreads", init: init }

fn init(_: &Identity) -> InitResult {
    Ok(())
}
