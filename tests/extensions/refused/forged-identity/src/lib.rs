//! forged-identity: makes itself another's identity.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "forged-identity", init: init }

fn init(me: &Identity) -> InitResult {
    let _other = Identity { name: "shell".into(), ..me.clone() };
    Ok(())
}
