//! macro-itself: is a program for the compiler itself.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "macro-itself", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
