//! Dice: numbers that look random, of which each core has a row of its own that follows from the seed.
//!
//! SplitMix64, from G. L. Steele, D. Lea and C. H. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::CORES;

/// By core: where it is in its row. Only its core rolls, so `Relaxed` is enough.
static STATES: [AtomicU64; CORES] = [const { AtomicU64::new(0) }; CORES];

/// The golden ratio in 64 bits, made odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Begins the rows of all cores.
pub(crate) fn begin(seed: u64) {
    let mut row = seed;
    for state in &STATES {
        row = row.wrapping_add(STEP);
        state.store(mix(row), Ordering::Relaxed);
    }
}

/// The next number of the row of core `here`, below `sides`.
pub(crate) fn roll(here: usize, sides: u64) -> u64 {
    let state = STATES[here % CORES].fetch_add(STEP, Ordering::Relaxed);
    mix(state.wrapping_add(STEP)) % sides.max(1)
}

fn mix(state: u64) -> u64 {
    let first = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let second = (first ^ (first >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    second ^ (second >> 31)
}
