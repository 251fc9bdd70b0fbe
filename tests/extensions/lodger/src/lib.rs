//! lodger: is linked to what `ledger` publishes, and leaks 5000 bytes. Whoever is linked could hold them.
#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use core::hint::black_box;

use ledger_interface::OVERDRAWN;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::Binding;

extension! { name: "lodger", init: init }

fn init(_me: &Identity) -> InitResult {
    let kept: &'static [u8; 5000] = Box::leak(Box::new([1; 5000]));
    let _: Binding = OVERDRAWN.install(move |_| {
        black_box(kept);
    })?;
    Ok(())
}
