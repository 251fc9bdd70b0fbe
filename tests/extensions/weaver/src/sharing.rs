//! Who gets a core.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use spindle_clock::now_ns;
use spindle_event::cores;
use spindle_strand::{Me, Priority, Strand};

use crate::Claims;

const MS: u64 = 1_000_000;

/// Strands of one core take turns.
pub(crate) fn turns(me: &mut Me, claims: &Claims) {
    let order = Arc::new(AtomicU64::new(0));
    let core = cores::current();
    let strands: Vec<_> = (1..=3)
        .filter_map(|digit| {
            let order = order.clone();
            let body = move |me: &mut Me| {
                for _ in 0..3 {
                    let _ = order
                        .fetch_update(Ordering::AcqRel, Ordering::Acquire, |seen| Some(seen * 10 + digit));
                    me.yield_now();
                }
            };
            Strand::build().name("turner").on(core).start(body).ok()
        })
        .collect();
    for strand in &strands {
        let _ = me.wait_for_end(strand);
    }
    let seen = order.load(Ordering::Acquire);
    claims.claim(format_args!("those of one core take turns: {seen}"), seen == 123_123_123);
}

/// Two that never leave by themselves share their core, and a third on it is not starved.
pub(crate) fn computes(me: &mut Me, claims: &Claims) {
    let is_over = Arc::new(AtomicBool::new(false));
    let counts: [Arc<AtomicU64>; 2] = core::array::from_fn(|_| Arc::new(AtomicU64::new(0)));
    let core = cores::current();
    let strands: Vec<_> = counts
        .iter()
        .filter_map(|count| {
            let (count, is_over) = (count.clone(), is_over.clone());
            let body = move |_: &mut Me| {
                while !is_over.load(Ordering::Relaxed) {
                    count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                }
            };
            Strand::build().name("computer").on(core).start(body).ok()
        })
        .collect();
    me.sleep_until(now_ns() + 300 * MS);
    is_over.store(true, Ordering::Relaxed);
    claims.claim("there are two", strands.len() == 2);
    let [first, second] = counts.map(|count| count.load(Ordering::Relaxed));
    claims.claim("both have computed", first > 0 && second > 0);
    claims.claim("neither much more", first / 3 < second && second / 3 < first);
    for strand in &strands {
        let _ = me.wait_for_end(strand);
    }
    claims.claim("both end", true);
}

/// A more urgent one runs as soon as it is woken, although a less urgent one never leaves by itself.
pub(crate) fn urgent(me: &mut Me, claims: &Claims) {
    let is_over = Arc::new(AtomicBool::new(false));
    let over = is_over.clone();
    let core = cores::current();
    let low = Priority::NORMAL.lower();
    let begun = Strand::build().name("idler").on(core).priority(low).start(move |_| {
        while !over.load(Ordering::Relaxed) {
            core::hint::spin_loop();
        }
    });
    let Ok(idler) = begun else { return claims.claim("a strand begins", false) };
    let over = is_over.clone();
    let begun = Strand::build().name("stopper").on(core).priority(Priority::HIGHEST).start(move |me| {
        me.sleep_until(now_ns() + 20 * MS);
        over.store(true, Ordering::Relaxed);
    });
    claims.claim("the urgent one begins", begun.is_ok());
    claims.claim("and has ended the other one", me.wait_for_end(&idler).is_ok());
    let refused = Strand::build().stack_bytes(1 << 20).start(|_| ());
    claims.claim(
        format_args!("{}", refused.map_or_else(|error| error, |_| spindle_strand::StrandError::Itself)),
        true,
    );
}

/// Work spreads over the cores.
pub(crate) fn spread(me: &mut Me, claims: &Claims) {
    const STRANDS: usize = 64;
    let seen = Arc::new(AtomicU64::new(0));
    let count = Arc::new(AtomicUsize::new(0));
    let strands: Vec<_> = (0..STRANDS)
        .filter_map(|_| {
            let (seen, count) = (seen.clone(), count.clone());
            let body = move |me: &mut Me| {
                for _ in 0..20 {
                    seen.fetch_or(1 << cores::current().index(), Ordering::Relaxed);
                    let until = now_ns() + MS / 10;
                    while now_ns() < until {
                        core::hint::spin_loop();
                    }
                    me.yield_now();
                }
                count.fetch_add(1, Ordering::Relaxed);
            };
            Strand::build().name("worker").stack_bytes(8 << 10).start(body).ok()
        })
        .collect();
    for strand in &strands {
        let _ = me.wait_for_end(strand);
    }
    claims.claim("all of them have done their work", count.load(Ordering::Relaxed) == STRANDS);
    let used = seen.load(Ordering::Relaxed).count_ones() as usize;
    // Which of them says how the host lets the machine run, too.
    claims.claim(format_args!("more than one core had a part: {used}"), used > 1 || cores::count() == 1);
}
