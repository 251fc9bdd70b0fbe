//! What it costs to hold a handler to a budget, and to end one that is over it.

use core::hint::black_box;
use core::sync::atomic::Ordering;

use bench_probes::{ENDLESS, PROBE, STAMP, Setup};
use spindle_console::Console;
use spindle_measure::instructions;

use super::set_up;
use crate::figure::Figure;
use crate::report;

pub(super) fn run(console: &Console) -> Option<()> {
    let raise = |setup| {
        set_up(setup)?;
        Some(Figure::of(|| PROBE.raise(black_box(&7))))
    };
    let free = raise(Setup { unguarded: 1, ..Setup::default() })?;
    let held = raise(Setup { limited: 1, ..Setup::default() })?;
    let operation = "raise, one unguarded handler with a budget, over the same without";
    report(console, "events/budget", operation, held.over(free), Some(40));
    let operation = "from the timer interrupt at a handler's overrun to the raise's going on";
    report(console, "events/overrun_end", operation, overrun()?, Some(3000));
    Some(())
}

/// Method: the handler, of another domain, writes what the counter shows again and again. The last that it has written is from
/// before the interrupt, by one turn of its loop at most: so that much is in the figure, and in its spread. So is all that
/// follows until the raise has returned. What is to be told of it is only put into the inbox, in memory that is not the same
/// each time: that is the rest of the spread. It is told, and written to the log, in later turns of the run loop.
fn overrun() -> Option<Figure> {
    let mut has_begun = true;
    let mut end = || {
        STAMP.store(0, Ordering::Relaxed);
        ENDLESS.raise(&());
        let now = instructions();
        let last = STAMP.load(Ordering::Relaxed);
        has_begun &= last != 0;
        now.wrapping_sub(last) as i64 * 100
    };
    let _warm: i64 = end();
    let figure = Figure::of_runs(end);
    has_begun.then_some(figure)
}
