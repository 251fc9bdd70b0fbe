//! forgetful: loses what the kernel has made for it: a list of names.
//!
//! What lies on a domain's own heap comes back with its end, leaked or not; what the kernel gave it does not.
#![no_std]

extern crate alloc;

use spindle_domain::{Identity, InitResult, extension};
use spindle_nameserver::list_below;

extension! { name: "forgetful", init: init }

fn init(_me: &Identity) -> InitResult {
    core::mem::forget(list_below("/")?);
    Ok(())
}
