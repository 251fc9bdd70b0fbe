//! oversize: wants more memory than there is, without asking the heap.
#![no_std]

use core::sync::atomic::{AtomicU64, Ordering};

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "oversize", init: init }

/// More than any extension may have.
static HOARD: [AtomicU64; 1 << 22] = [const { AtomicU64::new(0) }; 1 << 22];

fn init(me: &Identity) -> InitResult {
    let before = HOARD[me.name().len()].fetch_add(1, Ordering::Relaxed);
    if before == 0 { Ok(()) } else { Err("used".into()) }
}
