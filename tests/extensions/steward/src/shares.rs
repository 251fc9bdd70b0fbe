//! Shares: what `fair` gives.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fair_interface::{Share, ShareError};
use spindle_strand::{Me, Strand};

use crate::{Claims, core};

const SLICE_NS: u64 = 2_000_000;
/// How long shares are measured.
const FOR_NS: u64 = 400_000_000;

/// One that counts as long as it may.
fn counter(is_over: &Arc<AtomicBool>, weight: u32) -> Option<(Strand, Arc<AtomicU64>)> {
    let (counted, is_over) = (Arc::new(AtomicU64::new(0)), is_over.clone());
    let counts = counted.clone();
    let started = Strand::build().name("counter").on(core()).start(move |_| {
        while !is_over.load(Ordering::Relaxed) {
            counts.fetch_add(1, Ordering::Relaxed);
        }
    });
    let strand = started.ok()?;
    Share { strand, weight, slice_ns: SLICE_NS }.ask().ok()?;
    Some((strand, counted))
}

/// Three that compute get 1, 2 and 5 eighths.
pub(crate) fn shares(me: &mut Me, claims: &Claims) {
    let strand = me.strand();
    let asked = [(0, SLICE_NS), (1, 0)].map(|(weight, slice_ns)| Share { strand, weight, slice_ns }.ask());
    let refused = [Err(ShareError::Weight { weight: 0 }), Err(ShareError::Slice { slice_ns: 0 })];
    claims.claim("what is no share is refused", asked == refused);
    let is_over = Arc::new(AtomicBool::new(false));
    let counters: Vec<_> =
        [100, 200, 500].into_iter().filter_map(|weight| counter(&is_over, weight)).collect();
    me.sleep_until(spindle_clock::now_ns() + FOR_NS / 8);
    let before: Vec<u64> = counters.iter().map(|(_, counted)| counted.load(Ordering::Relaxed)).collect();
    me.sleep_until(spindle_clock::now_ns() + FOR_NS);
    let had: Vec<u64> = counters
        .iter()
        .zip(&before)
        .map(|((_, counted), before)| counted.load(Ordering::Relaxed) - before)
        .collect();
    is_over.store(true, Ordering::Relaxed);
    for (strand, _) in &counters {
        let _ = me.wait_for_end(strand);
    }
    let all: u64 = had.iter().sum();
    let per_mille: Vec<u64> = had.iter().map(|had| had * 1000 / all.max(1)).collect();
    let is_near = per_mille.iter().zip([125, 250, 625]).all(|(had, due)| had.abs_diff(due) <= 10);
    claims.claim(alloc::format!("they had {per_mille:?} of a thousand"), counters.len() == 3 && is_near);
}

/// One that sleeps often is served soon, beside two that compute.
pub(crate) fn sleeper(me: &mut Me, claims: &Claims) {
    let is_over = Arc::new(AtomicBool::new(false));
    let counters: Vec<_> = [1000, 1000].into_iter().filter_map(|weight| counter(&is_over, weight)).collect();
    let late_ns = Arc::new(AtomicU64::new(0));
    let lateness = late_ns.clone();
    let sleeper = Strand::build().name("sleeper").on(core()).start(move |me| {
        for _ in 0..20 {
            let until_ns = spindle_clock::now_ns() + 5_000_000;
            me.sleep_until(until_ns);
            lateness.fetch_max(spindle_clock::now_ns() - until_ns, Ordering::Relaxed);
        }
    });
    if let Ok(strand) = sleeper {
        let _ = Share { strand, weight: 1000, slice_ns: SLICE_NS / 8 }.ask();
        let _ = me.wait_for_end(&strand);
    }
    is_over.store(true, Ordering::Relaxed);
    for (strand, _) in &counters {
        let _ = me.wait_for_end(strand);
    }
    let late_us = late_ns.load(Ordering::Relaxed) / 1000;
    claims.claim(
        alloc::format!("it was never late by more than a slice of another, but {late_us} us"),
        late_us <= SLICE_NS / 1000 + 500,
    );
}
