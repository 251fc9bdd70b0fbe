//! lender-interface: what borrowers call, and the event that they are told by.
#![no_std]

use core::sync::atomic::{AtomicU64, Ordering};

use spindle_event::{Event, Owner};

/// Owns the event.
static DESK: Owner = Owner::new();

/// Raised for each loan, with all that has been lent. All may handle it.
pub static LENT: Event<u64> = Event::new("lent", &DESK).open_to_all();

/// All that has been lent. Only counted, so `Relaxed` is enough.
static TOTAL: AtomicU64 = AtomicU64::new(0);

/// Lends `amount`; says how much that makes in all.
#[inline(never)]
pub fn lend(amount: u64) -> u64 {
    let total = TOTAL.fetch_add(amount, Ordering::Relaxed).wrapping_add(amount);
    LENT.raise(&total);
    total
}
