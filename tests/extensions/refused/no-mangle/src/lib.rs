//! no-mangle: wants to be what the kernel copies memory with.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "no-mangle", init: init }

#[unsafe(no_mangle)]
extern "C" fn memcpy(to: *mut u8, _from: *const u8, _bytes: usize) -> *mut u8 {
    to
}

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
