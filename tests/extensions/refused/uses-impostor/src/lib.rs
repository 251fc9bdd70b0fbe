//! uses-impostor: uses a folder that calls its crate like one of the kernel's.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "uses-impostor", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
