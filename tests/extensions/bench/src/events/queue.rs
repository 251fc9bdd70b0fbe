//! What the queue costs that posts go through.

use spindle_console::Console;
use spindle_measure::Queue;

use crate::figure::Figure;
use crate::report;

/// Rounds through the queue in one go.
const ROUNDS: u64 = 200;

pub(super) fn run(console: &Console) -> Option<()> {
    let mut queue = Queue::open()?;
    let mut is_complete = true;
    let mut counted = |rounds: fn(&mut Queue, u64) -> Option<u64>| {
        Figure::of_batches(1, || is_complete &= rounds(&mut queue, ROUNDS) == Some(ROUNDS * (ROUNDS - 1) / 2))
    };
    let full = counted(Queue::rounds);
    let empty = counted(Queue::no_rounds);
    // A round without a slot is cheaper than one with: the figure would flatter.
    is_complete.then(|| {
        let operation = "inbox push and pop, slot taken and freed, one core";
        report(console, "events/inbox_push_pop", operation, full.over(empty).each(ROUNDS as i64), Some(45));
    })
}
