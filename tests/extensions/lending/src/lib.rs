//! lending: publishes the desk at which one extension lends another a capability. It neither lends nor borrows, so either can go
//! while the other stays.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "lending", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
