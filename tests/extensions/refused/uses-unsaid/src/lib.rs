//! uses-unsaid: calls a published crate that its manifest does not name.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "uses-unsaid", init: init }

fn init(_me: &Identity) -> InitResult {
    ledger_interface::open("stolen").map(drop).map_err(|error| error.into())
}
