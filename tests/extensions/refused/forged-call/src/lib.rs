//! forged-call: calls an address that it made up.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "forged-call", init: init }

fn init(_me: &Identity) -> InitResult {
    let halt = 0x4020_0000_usize as fn();
    halt();
    Ok(())
}
