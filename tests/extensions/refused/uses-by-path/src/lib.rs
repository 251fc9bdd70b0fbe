//! uses-by-path: is built against a folder that was handed out, without the sources of its publisher.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "uses-by-path", init: init }

fn init(_me: &Identity) -> InitResult {
    let account = ledger_interface::open("savings")?;
    account.deposit(1)?;
    Ok(())
}
