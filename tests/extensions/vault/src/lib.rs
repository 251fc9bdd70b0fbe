//! vault: publishes a crate that is built on what `ledger` publishes, and does nothing else.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "vault", init: init }

fn init(_me: &Identity) -> InitResult {
    vault_interface::account().map(drop).ok_or("the ledger has no room".into())
}
