//! What a raise costs: straight, by a walk, past guards, behind a filter.
//!
//! Walk is compared with walk, so what entering and leaving one costs is in no difference.

use core::hint::black_box;

use bench_probes::{PROBE, Setup};
use spindle_console::Console;

use super::set_up;
use crate::figure::Figure;
use crate::report;

/// Handlers or guards beyond the first in the rows that walk.
const FURTHER: usize = 10;

pub(super) fn run(console: &Console) -> Option<()> {
    let row = |id, operation, figure, limit| report(console, id, operation, figure, limit);
    let direct = Figure::of(|| direct(black_box(&7)));
    row("events/direct_call", "call of a function that is not inlined", direct, None);
    let one = raise(Setup { unguarded: 1, ..Setup::default() })?;
    let operation = "raise, one unguarded handler in another domain, over a direct call";
    row("events/raise_unguarded", operation, one.over(direct), Some(6));
    let walk = raise(Setup { unguarded: 1 + FURTHER, ..Setup::default() })?;
    let longer = raise(Setup { unguarded: 1 + 2 * FURTHER, ..Setup::default() })?;
    let operation = "each further unguarded handler, call and return of one that does nothing included";
    row("events/further_handler", operation, longer.over(walk).each(FURTHER as i64), Some(10));
    // Before guards are raised: their time is bounded, and the tick that this brings would come here.
    let filtered = raise(Setup { unguarded: 1, filters: 1, ..Setup::default() })?;
    row("events/filter", "raise through one filter, one unguarded handler", filtered, None);
    let guarded = raise(Setup { unguarded: 1, refusing: FURTHER, ..Setup::default() })?;
    let refused = raise(Setup { unguarded: 1, refusing: 2 * FURTHER, ..Setup::default() })?;
    row("events/guarded_walk", "raise with one unguarded handler and ten guards that say no", guarded, None);
    let refusing = refused.over(guarded).each(FURTHER as i64);
    row("events/refusing_guard", "each free-form guard that says no", refusing, Some(10));
    Some(())
}

/// What a handler does, called without an event in between.
#[inline(never)]
fn direct(number: &u64) {
    black_box(*number);
}

fn raise(setup: Setup) -> Option<Figure> {
    set_up(setup)?;
    Some(Figure::of(|| PROBE.raise(black_box(&7))))
}
