//! Work: numbers out of a table, sorted by recursion, summed up. The same kind gives the same sum.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

/// How many kinds of work there are.
pub(crate) const KINDS: u32 = 16;
/// How many numbers are sorted.
const NUMBERS: usize = 64;
/// Multiplier and increment of a generator of numbers (Knuth, The Art of Computer Programming, volume 2, 3.3.4, line 16).
const MULTIPLIER: u32 = 1_664_525;
const INCREMENT: u32 = 1_013_904_223;

/// The extension's own variables, all of them.
pub(crate) struct Own {
    /// What the numbers begin with.
    table: [AtomicU32; NUMBERS],
    /// How often each kind was worked on.
    used: [AtomicU32; KINDS as usize],
    /// How many posts have arrived.
    pub(crate) arrived: AtomicU32,
    /// How many of these were damaged.
    pub(crate) damaged: AtomicU32,
}

pub(crate) static OWN: Own = Own {
    table: [const { AtomicU32::new(0x5eed_1234) }; NUMBERS],
    used: [const { AtomicU32::new(0) }; KINDS as usize],
    arrived: AtomicU32::new(0),
    damaged: AtomicU32::new(0),
};

/// Makes numbers, sorts them, and sums them up in their order.
#[inline(never)]
pub(crate) fn work(kind: u32) -> u64 {
    if let Some(used) = OWN.used.get(kind as usize) {
        used.fetch_add(1, Ordering::Relaxed);
    }
    let mut state = kind;
    let mut numbers: Vec<u32> = Vec::with_capacity(NUMBERS);
    for entry in &OWN.table {
        state = state.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        numbers.push(state ^ entry.load(Ordering::Relaxed));
    }
    let sorted = sort(&numbers);
    let is_sorted = sorted.windows(2).all(|pair| pair[0] <= pair[1]);
    let sum = sorted.iter().fold(0_u64, |sum, number| sum.rotate_left(5) ^ u64::from(*number));
    sum ^ u64::from(!is_sorted) ^ sorted.len() as u64
}

/// Merge sort, six calls deep.
#[inline(never)]
fn sort(numbers: &[u32]) -> Vec<u32> {
    if numbers.len() < 2 {
        return numbers.to_vec();
    }
    let (left, right) = numbers.split_at(numbers.len() / 2);
    let (left, right) = (sort(left), sort(right));
    let mut merged = Vec::with_capacity(numbers.len());
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let smaller = if one <= other { left.next() } else { right.next() };
        merged.extend(smaller);
    }
    merged.extend(left);
    merged.extend(right);
    merged
}
