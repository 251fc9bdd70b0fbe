//! forged-rights: makes itself rights that nobody gave it.
#![no_std]

use spindle_domain::Rights;

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "forged-rights", init: init }

fn init(_me: &Identity) -> InitResult {
    let _all = Rights(0xff);
    Ok(())
}
