//! peddler: imports what `hoarder` exports, and leaks 5000 bytes. Whoever it has imported from could hold them.
#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use core::hint::black_box;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_capability::Capability;
use spindle_domain::{Identity, InitResult, extension};
use spindle_nameserver::import;

extension! { name: "peddler", init: init }

fn init(me: &Identity) -> InitResult {
    let counter: Capability<AtomicU64> = import(me, "/svc/objects/hoarder")?;
    // What was revoked meanwhile is not counted.
    let _ = counter.with(|counter| counter.fetch_add(1, Ordering::Relaxed));
    black_box(Box::leak(Box::new([1_u8; 5000])));
    Ok(())
}
