//! latch-interface: two locks, and the event at which they are taken in reverse order.
#![no_std]

use core::sync::atomic::{AtomicU64, Ordering};

use spindle_domain::{LockError, Mutex};
use spindle_event::{Event, Owner};

/// Owns the event.
pub static OWNER: Owner = Owner::new();
/// Raised with how often the locks are to be taken, `BACK` before `FRONT`.
pub static BACKWARD: Event<u64> = Event::new("backward", &OWNER).open_to_all();

/// The one.
pub static FRONT: Mutex<u64> = Mutex::new(0);
/// The other.
pub static BACK: Mutex<u64> = Mutex::new(0);

/// How often one was refused, since two cores would have waited for each other. Only counted, so `Relaxed` is enough.
pub static REFUSED: AtomicU64 = AtomicU64::new(0);

/// Counts in both, `first` first, as often as asked. Whoever is refused the second gives the first back and does without.
#[inline(never)]
pub fn turn(first: &Mutex<u64>, second: &Mutex<u64>, count: u64) {
    for _ in 0..count {
        let taken = first.with(|_| second.with(|value| *value += 1));
        if let Ok(Err(LockError::Circle { .. })) = taken {
            REFUSED.fetch_add(1, Ordering::Relaxed);
        }
    }
}
