//! over-aligned: wants to lie where no page begins.
#![no_std]

use core::sync::atomic::{AtomicU8, Ordering};

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "over-aligned", init: init }

/// Aligned to more than a page.
#[repr(align(65536))]
struct Wide(AtomicU8);

static WIDE: Wide = Wide(AtomicU8::new(1));

fn init(_me: &Identity) -> InitResult {
    let before = WIDE.0.fetch_add(1, Ordering::Relaxed);
    if before == 1 { Ok(()) } else { Err("used".into()) }
}
