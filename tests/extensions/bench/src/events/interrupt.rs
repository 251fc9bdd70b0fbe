//! How long it takes from an interrupt that wakes a core to the first instruction of the handler that it brings.
//!
//! Method: another core sleeps. This one raises an event whose handler, of another domain, runs later on the sleeping core:
//! that puts a message into its inbox and sends it an interrupt. When the raise has returned, this core reads the counter
//! that all cores share, and hands its turn over. Under `-icount` cores take turns, and a core keeps its turn until it executes
//! `yield` or its time is up: so the sleeping one, whose interrupt is pending, does not begin before. Its first instruction is
//! the one behind its `wfi`; from there it comes back from its sleep, lets the interrupt in, takes it at the vector,
//! acknowledges and completes it, returns, takes the message out and calls the handler, which reads the counter before all else.
//!
//! So the figure is from a little before the vector (and the turn's handing over is in it): more than what is promised, not
//! less. A core that began too early would show as a figure too small, and a turn that ended too early as one too large: as
//! a spread.

use core::sync::atomic::Ordering;

use bench_probes::{PROBE, STAMP, Setup};
use spindle_console::Console;
use spindle_event::{CoreId, cores};
use spindle_measure::{ticks, ticks_count_instructions};

use super::set_up;
use crate::figure::Figure;
use crate::report;

/// Turns that a core gets to reach its `wfi` after it has said that it sleeps.
const TURNS_TO_SLEEP: u32 = 20;

pub(super) fn run(console: &Console) -> Option<()> {
    if !ticks_count_instructions() {
        return None;
    }
    let target = cores::online().find(|core| *core != cores::current())?;
    set_up(Setup { later: Some(target), ..Setup::default() })?;
    let _warm: i64 = wake(target);
    let figure = Figure::of_runs(|| wake(target) * 100);
    let operation = "from the interrupt that wakes a core to its handler, wake-up and message included";
    report(console, "events/interrupt_to_handler", operation, figure, Some(300));
    Some(())
}

/// Sends `target` to its handler out of its sleep, and says how many instructions that took.
fn wake(target: CoreId) -> i64 {
    while !target.is_asleep() {
        cores::relax();
    }
    for _ in 0..TURNS_TO_SLEEP {
        cores::relax();
    }
    STAMP.store(0, Ordering::Relaxed);
    PROBE.raise(&7);
    let sent = ticks();
    loop {
        cores::relax();
        match STAMP.load(Ordering::Acquire) {
            0 => {}
            began => return began.wrapping_sub(sent) as i64,
        }
    }
}
