//! miller-interface: what bakers call, and the event that they are told by.
#![no_std]

use core::sync::atomic::{AtomicU64, Ordering};

use spindle_event::{Event, Owner};

/// Owns the event.
static STONE: Owner = Owner::new();

/// Raised for each grist, with all that has been ground. All may handle it.
pub static GROUND: Event<u64> = Event::new("ground", &STONE).open_to_all();

/// All that has been ground. Only counted, so `Relaxed` is enough.
static TOTAL: AtomicU64 = AtomicU64::new(0);

/// Grinds `amount`; says how much that makes in all.
#[inline(never)]
pub fn grind(amount: u64) -> u64 {
    let total = TOTAL.fetch_add(amount, Ordering::Relaxed).wrapping_add(amount);
    GROUND.raise(&total);
    total
}
