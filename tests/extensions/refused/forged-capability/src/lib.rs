//! forged-capability: makes a capability of one type out of one of another.
#![no_std]

use spindle_capability::{Capability, Issuer};
use spindle_domain::{Identity, InitResult, extension};

extension! { name: "forged-capability", init: init }

static ISSUER: Issuer = Issuer::new();

fn init(_me: &Identity) -> InitResult {
    let number = ISSUER.issue(7_u64).capability();
    let text: Capability<&'static str> = Capability { handle: number.handle };
    let _ = text.with(|text| text.len());
    Ok(())
}
