//! uses-outside: uses a folder whose manifest leads out of it.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "uses-outside", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
