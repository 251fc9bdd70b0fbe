//! turner: takes two locks of latch in the other order.
#![no_std]

use latch_interface::{BACK, BACKWARD, FRONT, turn};
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::Binding;

extension! { name: "turner", init: init }

fn init(_: &Identity) -> InitResult {
    let _: Binding = BACKWARD.install(|count| turn(&BACK, &FRONT, *count))?;
    Ok(())
}
