//! own-flags: is not refused, but its own configuration of cargo has no say.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "own-flags", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}

#[cfg(flagged)]
compile_error!("the flags of its own configuration were used");
