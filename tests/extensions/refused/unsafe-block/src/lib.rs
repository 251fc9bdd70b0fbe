//! unsafe-block: reads what it may not.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "unsafe-block", init: init }

fn init(_me: &Identity) -> InitResult {
    unsafe { core::ptr::read_volatile(8 as *const u8) };
    Ok(())
}
