//! own-profile: asks for flags of the compiler by its profile.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "own-profile", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}
