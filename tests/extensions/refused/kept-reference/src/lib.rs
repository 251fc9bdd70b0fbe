//! kept-reference: keeps what a capability stands for beyond its use.
#![no_std]

use spindle_capability::Issuer;
use spindle_domain::{Identity, InitResult, extension};

extension! { name: "kept-reference", init: init }

static ISSUER: Issuer = Issuer::new();

fn init(_me: &Identity) -> InitResult {
    let issued = ISSUER.issue(7_u64);
    let kept: &u64 = issued.capability().with(|number| number)?;
    issued.revoke();
    assert!(*kept == 7);
    Ok(())
}
