//! published-insider: publishes a crate that is called like a part of the kernel which no extension can name.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "published-insider", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
