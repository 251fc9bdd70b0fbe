//! Area `strands`: what a switch costs, and what waking does. A strand of its own counts, on a core that does nothing else, and prints the
//! rows as it goes; `strands/many_ready` comes last. The one without a limit is not where it is to be: docs/CAVEATS.md says how far.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use spindle_console::Console;
use spindle_event::{CoreId, cores};
use spindle_measure::{count, instructions, ticks_count_instructions};
use spindle_strand::{Me, Priority, State, Strand};

use crate::figure::Figure;
use crate::{complain, governed, latency, packages, report, report_ratio};

/// How many strands are ready in the row that asks for many.
const MANY: usize = 10_000;
const ROUNDS: u64 = 100;

pub(crate) fn run(console: &Console) {
    if !ticks_count_instructions() {
        return;
    }
    let (here, console) = (cores::current(), console.clone());
    let others: Vec<CoreId> = cores::online().filter(|core| *core != here).collect();
    let [own, other, ..] = others[..] else { return complain(&console, "too few cores") };
    let told = console.clone();
    let counts = move |me: &mut Me| {
        let rows = [
            switches(me, own, &console),
            forks(me, own, &console),
            across(me, other, &console),
            packages::run(me, own, &console),
            latency::run(me, own, other, &console),
            governed::run(me, own, &console),
        ];
        if rows.into_iter().any(|row| row.is_none()) || many(me, own, &console).is_none() {
            complain(&console, "a strand could not begin");
        }
    };
    if let Err(error) = Strand::build().name("bench").on(own).start(counts) {
        complain(&told, &alloc::format!("{error}"));
    }
}

/// A strand beside the one that counts, until it is told to end.
pub(crate) fn beside(core: CoreId, body: impl FnMut(&mut Me) + Send + 'static) -> Option<Strand> {
    let mut body = body;
    let started = Strand::build().name("beside").on(core).stack_bytes(8 << 10).start(move |me| {
        loop {
            body(me);
        }
    });
    started.ok()
}

pub(crate) fn end(me: &mut Me, strand: Strand) {
    let _ = strand.end();
    let _ = me.wait_for_end(&strand);
}

fn switches(me: &mut Me, core: CoreId, console: &Console) -> Option<()> {
    let other = beside(core, Me::yield_now)?;
    let figure = Figure::of(|| me.yield_now()).each(2);
    end(me, other);
    report(console, "strands/yield", "yield, per switch, two strands of one core", figure, Some(100));

    let first = me.strand();
    let other = beside(core, move |me| {
        first.unblock();
        me.block();
    })?;
    me.block();
    let figure = Figure::of(|| {
        other.unblock();
        me.block();
    });
    end(me, other);
    let operation = "ping-pong of two strands of one core, a round trip";
    report(console, "strands/ping_pong", operation, figure, Some(300));

    first_instruction(me, core, console)
}

/// From before a block to the first instruction of the strand that has the core then.
fn first_instruction(me: &mut Me, core: CoreId, console: &Console) -> Option<()> {
    let (stamp, first) = (Arc::new(AtomicU64::new(0)), me.strand());
    let stamped = stamp.clone();
    let other = beside(core, move |me| {
        let now = instructions();
        stamped.store(now, Ordering::Relaxed);
        first.unblock();
        me.block();
    })?;
    me.block();
    let mut once = || {
        other.unblock();
        let before = instructions();
        me.block();
        stamp.load(Ordering::Relaxed).wrapping_sub(before) as i64 * 100
    };
    let _warm: i64 = once();
    let figure = Figure::of_runs(once);
    end(me, other);
    let operation = "block to the next strand's first instruction";
    report(console, "strands/block_to_next", operation, figure, Some(110));
    Some(())
}

fn forks(me: &mut Me, core: CoreId, console: &Console) -> Option<()> {
    let builder = Strand::build().on(core);
    let mut has_failed = false;
    let figure = Figure::of_batches(ROUNDS, || match builder.start(|_| ()) {
        Ok(strand) => has_failed |= me.wait_for_end(&strand).is_err(),
        Err(_) => has_failed = true,
    });
    report(console, "strands/start_and_wait", "start of a strand and wait for its end", figure, None);
    (!has_failed).then_some(())
}

fn across(me: &mut Me, core: CoreId, console: &Console) -> Option<()> {
    let first = me.strand();
    let other = beside(core, move |me| {
        me.block();
        first.unblock();
    })?;
    let mut once = || {
        wait_until_asleep(core, other);
        let taken = count(|| other.unblock()) as i64 - count(|| ()) as i64;
        me.block();
        taken * 100
    };
    let _warm: i64 = once();
    let operation = "unblock of a strand on a sleeping other core, sender's side";
    report(console, "strands/unblock_asleep", operation, Figure::of_runs(&mut once), Some(120));
    let mut round = || {
        wait_until_asleep(core, other);
        // A tick of the counter is an instruction of any core.
        let before = spindle_clock::now_ticks();
        other.unblock();
        me.block();
        spindle_clock::now_ticks().wrapping_sub(before) as i64 * 100
    };
    let _warm: i64 = round();
    let operation = "round trip across two cores, instructions of both";
    report(console, "strands/across", operation, Figure::of_runs(&mut round), Some(1_500));
    end(me, other);
    Some(())
}

fn wait_until_asleep(core: CoreId, strand: Strand) {
    while strand.state() != State::Blocked || !core.is_asleep() {
        cores::relax();
    }
}

fn many(me: &mut Me, core: CoreId, console: &Console) -> Option<()> {
    let two = {
        let other = beside(core, Me::yield_now)?;
        let figure = Figure::of(|| me.yield_now()).each(2);
        end(me, other);
        figure
    };
    let is_over = Arc::new(AtomicBool::new(false));
    let strands: Vec<Strand> = (0..MANY)
        .filter_map(|_| {
            let is_over = is_over.clone();
            let body = move |me: &mut Me| {
                while !is_over.load(Ordering::Relaxed) {
                    me.yield_now();
                }
            };
            Strand::build().name("many").on(core).stack_bytes(8 << 10).start(body).ok()
        })
        .collect();
    let is_all = strands.len() == MANY;
    // Once round begins all of them.
    me.yield_now();
    let round = Figure::of_runs(|| count(|| me.yield_now()) as i64 * 100);
    is_over.store(true, Ordering::Relaxed);
    let _ = me.strand().set_priority(Priority::LOWEST);
    for strand in &strands {
        let _ = me.wait_for_end(strand);
    }
    let operation = "a switch with 10,000 strands ready, over one with two";
    let figure = round.each(MANY as i64 + 1).times(two);
    if is_all {
        report_ratio(console, "strands/many_ready", operation, figure, 120);
    }
    is_all.then_some(())
}
