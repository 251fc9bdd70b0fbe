//! vault-interface: a published crate that is built on another extension's.
#![no_std]

use ledger_interface::{Account, PayError};

/// Pays in what `count` says, which is asked here: the code is that of whoever calls, and calls the ledger itself.
///
/// # Errors
/// As of the ledger.
pub fn store(account: &Account, count: impl FnOnce() -> u64) -> Result<u64, PayError> {
    account.deposit(count())
}

/// The vault's own account.
#[inline(never)]
pub fn account() -> Option<Account> {
    ledger_interface::open("vault").ok()
}
