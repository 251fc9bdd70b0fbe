//! unsafe-block: reads what it may not.
#![no_std]

use spindle_domain::{Domain, InitResult, extension};

extension! { name: "unsafe-block", init: init }

fn init(_domain: &Domain) -> InitResult {
    unsafe { core::ptr::read_volatile(8 as *const u8) };
    Ok(())
}
