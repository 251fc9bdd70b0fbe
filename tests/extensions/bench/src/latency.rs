//! Latency: from a wake-up to the first instruction of who is woken, where somebody less urgent runs. Part of the area `strands`.
//!
//! Ticks of the counter, of which each instruction of any core is one. The worst of some is the figure: who is less urgent is wherever it
//! happens to be in what it does.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use spindle_clock::{now_ns, now_ticks};
use spindle_console::Console;
use spindle_event::CoreId;
use spindle_strand::{Me, Priority, State, Strand};

use crate::figure::Figure;
use crate::report;

const TIMES: u64 = 50;
const US: u64 = 1000;
/// The most that there may be, in instructions: a few looks at who could not be set aside where it was.
const LIMIT: u64 = 10_000;

/// Both rows. `own` is the core that this strand is bound to.
pub(crate) fn run(me: &mut Me, own: CoreId, other: CoreId, console: &Console) -> Option<()> {
    let same = same_core(me, own)?;
    let operation =
        "wake-up of a more urgent strand of the same core, to its first instruction, the worst of 50";
    report(console, "strands/wake_same_core", operation, same, Some(LIMIT));
    let across = other_core(me, other)?;
    let operation = "the same, of a core where a less urgent one computes";
    report(console, "strands/wake_other_core", operation, across, Some(LIMIT));
    Some(())
}

/// A strand that notes when it goes on.
fn urgent(core: CoreId) -> Option<(Strand, Arc<AtomicU64>)> {
    let went_on = Arc::new(AtomicU64::new(0));
    let stamp = went_on.clone();
    let started = Strand::build().name("urgent").on(core).priority(Priority::HIGHEST).start(move |me| {
        loop {
            me.block();
            stamp.store(now_ticks(), Ordering::Release);
        }
    });
    started.ok().map(|strand| (strand, went_on))
}

/// A strand that computes and raises nothing, until it is over.
fn computes(core: CoreId, is_over: &Arc<AtomicBool>) -> Option<Strand> {
    let is_over = is_over.clone();
    let work = move |_: &mut Me| {
        while !is_over.load(Ordering::Relaxed) {
            core::hint::spin_loop();
        }
    };
    Strand::build().name("computes").on(core).start(work).ok()
}

/// Waits until it waits.
fn settle(me: &mut Me, strand: Strand) {
    loop {
        me.sleep_until(now_ns() + 200 * US);
        if strand.state() == State::Blocked {
            return;
        }
    }
}

/// This strand wakes one that is more urgent, and goes on computing: in its own code it is set aside.
fn same_core(me: &mut Me, core: CoreId) -> Option<Figure> {
    let (strand, went_on) = urgent(core)?;
    settle(me, strand);
    let figure = Figure::of_runs(|| {
        let worst = (0..TIMES).map(|_| {
            let seen = went_on.load(Ordering::Acquire);
            let before = now_ticks();
            strand.unblock();
            while went_on.load(Ordering::Acquire) == seen {
                core::hint::spin_loop();
            }
            went_on.load(Ordering::Acquire).wrapping_sub(before) as i64
        });
        worst.max().unwrap_or(0) * 100
    });
    let _ = strand.end();
    let _ = me.wait_for_end(&strand);
    Some(figure)
}

/// This strand wakes one of another core, where one that is less urgent computes.
fn other_core(me: &mut Me, core: CoreId) -> Option<Figure> {
    let is_over = Arc::new(AtomicBool::new(false));
    let (strand, went_on) = urgent(core)?;
    let computing = computes(core, &is_over)?;
    settle(me, strand);
    let figure = Figure::of_runs(|| {
        let worst = (0..TIMES).map(|_| {
            let before = now_ticks();
            strand.unblock();
            // Asleep, so that no instruction of this core counts.
            settle(me, strand);
            went_on.load(Ordering::Acquire).wrapping_sub(before) as i64
        });
        worst.max().unwrap_or(0) * 100
    });
    is_over.store(true, Ordering::Relaxed);
    let _ = strand.end();
    for strand in [strand, computing] {
        let _ = me.wait_for_end(&strand);
    }
    Some(figure)
}
