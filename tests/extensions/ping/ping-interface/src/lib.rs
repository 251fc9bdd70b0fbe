//! ping-interface: what pong calls to play the ball to ping.
#![no_std]

use core::sync::atomic::{AtomicU64, Ordering};

/// How many balls came. Only counted, so `Relaxed` is enough.
static BALLS: AtomicU64 = AtomicU64::new(0);

/// Takes a ball; says which one it was.
#[inline(never)]
pub fn take() -> u64 {
    BALLS.fetch_add(1, Ordering::Relaxed) + 1
}

/// How many balls came.
#[inline(never)]
pub fn taken() -> u64 {
    BALLS.load(Ordering::Relaxed)
}
