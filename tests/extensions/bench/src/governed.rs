//! Governed: what a switch costs where a scheduler of an extension's decides. Part of the area `strands`.

use alloc::collections::VecDeque;

use spindle_console::Console;
use spindle_domain::Mutex;
use spindle_event::CoreId;
use spindle_scheduler::{Candidate, Departure, Promise, Scheduler, Turn};
use spindle_strand::{Me, Strand};

use crate::figure::Figure;
use crate::report;
use crate::strands::{beside, end};

/// By turns.
struct Queue(Mutex<VecDeque<Strand>>);

const SLICE_NS: u64 = 10_000_000;

impl Scheduler for Queue {
    fn begins(&self, _: CoreId) {
        let _ = self.0.with(VecDeque::clear);
    }

    fn ready(&self, _: CoreId, strand: Strand) {
        let _ = self.0.with(|queue| queue.push_back(strand));
    }

    fn left(&self, _: CoreId, strand: Strand, _: u64, departure: Departure) {
        let _ = self.0.with(|queue| {
            queue.retain(|other| *other != strand);
            if departure == Departure::Preempted {
                queue.push_back(strand);
            }
        });
    }

    fn pick(&self, _: CoreId) -> Option<Turn> {
        let first = self.0.with(|queue| queue.front().copied()).ok().flatten();
        first.map(|strand| Turn { strand, at_most_ns: SLICE_NS })
    }
}

/// The row. `own` is the core that this strand is bound to.
pub(crate) fn run(me: &mut Me, own: CoreId, console: &Console) -> Option<()> {
    let queue = Queue(Mutex::new(VecDeque::new()));
    let candidate = Candidate::stand("bench", Promise::TickEach, queue).ok()?;
    let other = beside(own, Me::yield_now)?;
    candidate.take(Some(own)).ok()?;
    me.yield_now();
    let figure = Figure::of(|| me.yield_now()).each(2);
    candidate.withdraw();
    end(me, other);
    let operation = "yield, per switch, under a scheduler of an extension's";
    report(console, "strands/governed_yield", operation, figure, None);
    Some(())
}
