//! NAME: say here what it does for whom.
#![no_std]

use spindle_domain::{Domain, InitResult, extension};

extension! { name: "NAME", init: init }

/// Called once, when the kernel has linked the extension. What it installs stays until the extension is unloaded.
fn init(_domain: &Domain) -> InitResult {
    Ok(())
}
