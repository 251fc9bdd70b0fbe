//! Deadlines: what `edf` keeps.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use edf_interface::{Need, NeedError, Terms};
use spindle_strand::{Me, Strand};

use crate::{Claims, compute_until, core};

const MS: u64 = 1_000_000;
/// Periods and what is needed in each, in milliseconds: 94 parts of a hundred in all.
const TASKS: [(u64, u64); 3] = [(10, 4), (25, 6), (50, 15)];
/// How long each goes on, in milliseconds.
const FOR_MS: u64 = 600;

fn need(strand: Strand, period_ns: u64, budget_ns: u64) -> Result<(), NeedError> {
    Need { strand, core: core(), terms: Some(Terms { period_ns, budget_ns }) }.ask()
}

fn dismiss(strand: Strand) -> Result<(), NeedError> {
    Need { strand, core: core(), terms: None }.ask()
}

/// No more is admitted than the core can serve.
pub(crate) fn refused(me: &mut Me, claims: &Claims) {
    let strand = me.strand();
    claims.claim("nothing in no time", need(strand, 0, 1) == Err(NeedError::Period { period_ns: 0 }));
    let budget = NeedError::Budget { budget_ns: 11, period_ns: 10 };
    claims.claim("no more than all the time", need(strand, 10, 11) == Err(budget));
    let load = NeedError::Load { taken_ppm: 0, asked_ppm: 960_000, bound_ppm: 950_000 };
    claims.claim("a twentieth is the kernel's", need(strand, 100, 96) == Err(load));
    claims.claim("half is admitted", need(strand, 100, 50) == Ok(()));
    claims.claim("not twice", need(strand, 100, 1) == Err(NeedError::Known));
    claims.claim("it is dismissed", dismiss(strand) == Ok(()));
    claims.claim("not twice", dismiss(strand) == Err(NeedError::Unknown));
}

/// A strand that needs so much in each period; how late it ever was, in nanoseconds.
fn periodic(period_ms: u64, budget_ms: u64) -> Option<(Strand, Arc<AtomicU64>)> {
    let late_ns = Arc::new(AtomicU64::new(0));
    let lateness = late_ns.clone();
    let jobs = FOR_MS / period_ms;
    let (period_ns, own_ns) = (period_ms * MS, (budget_ms * MS) * 9 / 10);
    let started = Strand::build().name("periodic").on(core()).start(move |me| {
        // Until it was admitted.
        me.block();
        let first_ns = spindle_clock::now_ns();
        for job in 0..jobs {
            work(own_ns);
            let due_ns = first_ns + (job + 1) * period_ns;
            lateness.fetch_max(spindle_clock::now_ns().saturating_sub(due_ns), Ordering::Relaxed);
            me.sleep_until(due_ns);
        }
    });
    let strand = started.ok()?;
    need(strand, period_ns, budget_ms * MS).ok()?;
    Some((strand, late_ns))
}

/// Computes for so long of its own time: what passes in one piece is nobody else's.
fn work(own_ns: u64) {
    let (mut had_ns, mut last_ns) = (0, spindle_clock::now_ns());
    while had_ns < own_ns {
        let now_ns = spindle_clock::now_ns();
        let passed_ns = now_ns - last_ns;
        // More was not its own.
        if passed_ns < 20_000 {
            had_ns += passed_ns;
        }
        last_ns = now_ns;
    }
}

/// Three with 94 parts of a hundred together keep all their deadlines, beside one that has none and takes what it gets.
pub(crate) fn deadlines(me: &mut Me, claims: &Claims) {
    let is_over = Arc::new(AtomicBool::new(false));
    let (over, rest) = (is_over.clone(), Arc::new(AtomicU64::new(0)));
    let counts = rest.clone();
    let other = Strand::build().name("background").on(core()).start(move |_| {
        while !over.load(Ordering::Relaxed) {
            counts.fetch_add(1, Ordering::Relaxed);
        }
    });
    let all: Vec<_> = TASKS.into_iter().filter_map(|(period, budget)| periodic(period, budget)).collect();
    for (strand, _) in &all {
        strand.unblock();
    }
    let mut lates = Vec::new();
    for (strand, late_ns) in &all {
        let _ = me.wait_for_end(strand);
        lates.push(late_ns.load(Ordering::Relaxed) / 1000);
    }
    is_over.store(true, Ordering::Relaxed);
    if let Ok(other) = other {
        let _ = me.wait_for_end(&other);
    }
    let is_kept = lates.len() == TASKS.len() && lates.iter().all(|late| *late == 0);
    claims.claim(format!("late by {lates:?} us"), is_kept);
    claims.claim("the rest is had by who has no deadline", rest.load(Ordering::Relaxed) > 0);
}

/// One that takes more than it was admitted with makes nobody else late.
pub(crate) fn greedy(me: &mut Me, claims: &Claims) {
    let greedy = Strand::build().name("greedy").on(core()).start(|me| {
        me.block();
        compute_until(spindle_clock::now_ns() + FOR_MS * MS);
    });
    let Ok(greedy) = greedy else { return claims.claim("it begins", false) };
    let is_admitted = need(greedy, 5 * MS, 2 * MS).is_ok();
    let modest = periodic(20, 8);
    greedy.unblock();
    if let Some((strand, _)) = &modest {
        strand.unblock();
        let _ = me.wait_for_end(strand);
    }
    let _ = greedy.end();
    let _ = me.wait_for_end(&greedy);
    let late_us = modest.map(|(_, late_ns)| late_ns.load(Ordering::Relaxed) / 1000);
    claims.claim(format!("the other is late by {late_us:?} us"), is_admitted && late_us == Some(0));
}
