//! own-lints: allows itself in its manifest what the tool forbids.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "own-lints", init: init }

fn init(me: &Identity) -> InitResult {
    unsafe { me.name().as_ptr().read_volatile() };
    Ok(())
}
