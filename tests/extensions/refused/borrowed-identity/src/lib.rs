//! borrowed-identity: keeps what it was only lent.
#![no_std]

use spindle_event::Exclusive;

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "borrowed-identity", init: init }

/// Where it keeps it.
static KEPT: Exclusive<Option<&'static Identity>> = Exclusive::new(None);

fn init(me: &Identity) -> InitResult {
    let _kept = KEPT.with(|kept| *kept = Some(me));
    Ok(())
}
