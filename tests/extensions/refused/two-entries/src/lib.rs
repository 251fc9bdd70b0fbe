//! two-entries: has two entries.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "two-entries", init: init }

mod second {
    use spindle_domain::extension;

    extension! { name: "two-entries", init: super::init }
}

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
