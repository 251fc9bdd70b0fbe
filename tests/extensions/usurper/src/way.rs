//! Way: how a scheduler fails.

use alloc::vec::Vec;

use spindle_domain::Mutex;
use spindle_event::CoreId;
use spindle_scheduler::{Departure, Scheduler, Turn};
use spindle_strand::Strand;

/// How many answers are good before the first that is not.
const GOOD: usize = 20;
const SLICE_NS: u64 = 1_000_000;

/// How a scheduler fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It names a strand that has ended.
    Ended,
    /// It names one that waits.
    Blocked,
    /// It names nobody.
    Nobody,
    /// It names the same one each time, as long as that can run, and else another.
    Starves,
    /// It panics when it is asked.
    Panics,
    /// It does not come back when it is asked.
    Loops,
    /// It panics when it is told.
    PanicsTold,
    /// It does not come back when it is told.
    LoopsTold,
    /// It recurses without an end.
    Recurses,
}

impl Way {
    pub(crate) const ALL: [Self; 9] = [
        Self::Ended,
        Self::Blocked,
        Self::Nobody,
        Self::Starves,
        Self::Panics,
        Self::Loops,
        Self::PanicsTold,
        Self::LoopsTold,
        Self::Recurses,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Blocked => "blocked",
            Self::Nobody => "nobody",
            Self::Starves => "starves",
            Self::Panics => "panics",
            Self::Loops => "loops",
            Self::PanicsTold => "panics-told",
            Self::LoopsTold => "loops-told",
            Self::Recurses => "recurses",
        }
    }
}

/// A scheduler that serves by turns at first.
pub(crate) struct Bad {
    way: Way,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Who can run, in order.
    ready: Vec<Strand>,
    waiting: Option<Strand>,
    ended: Option<Strand>,
    /// Whom it would always name.
    favourite: Option<Strand>,
    answers: usize,
}

impl Bad {
    pub(crate) fn new(way: Way) -> Self {
        Self { way, seen: Mutex::new(Seen::default()) }
    }

    fn with<R: Send>(&self, work: impl FnOnce(&mut Seen) -> R + Send) -> Option<R> {
        self.seen.with(work).ok()
    }

    /// Who is named now, out of what was seen.
    fn answer(&self, is_bad: bool) -> Option<Strand> {
        let way = self.way;
        self.with(|seen| match way {
            Way::Ended if is_bad => seen.ended.or(seen.ready.first().copied()),
            Way::Blocked if is_bad => seen.waiting.or(seen.ready.first().copied()),
            Way::Nobody if is_bad => None,
            Way::Starves if is_bad => {
                let first = seen.ready.first().copied();
                let favourite = *seen.favourite.get_or_insert(first?);
                if seen.ready.contains(&favourite) { Some(favourite) } else { first }
            }
            _ => seen.ready.first().copied(),
        })
        .flatten()
    }
}

impl Scheduler for Bad {
    fn begins(&self, _: CoreId) {
        let _ = self.with(|seen| *seen = Seen::default());
    }

    fn ready(&self, _: CoreId, strand: Strand) {
        let _ = self.with(|seen| {
            if !seen.ready.contains(&strand) {
                seen.ready.push(strand);
            }
            if seen.waiting == Some(strand) {
                seen.waiting = None;
            }
        });
    }

    fn left(&self, _: CoreId, strand: Strand, _: u64, departure: Departure) {
        let answers = self.with(|seen| {
            seen.ready.retain(|other| *other != strand);
            match departure {
                Departure::Preempted => seen.ready.push(strand),
                Departure::Blocked => seen.waiting = Some(strand),
                Departure::Ended => seen.ended = Some(strand),
                Departure::Yielded => (),
            }
            seen.answers
        });
        if answers.is_some_and(|answers| answers > GOOD) {
            match self.way {
                Way::PanicsTold => panic!("it was told too much"),
                Way::LoopsTold => stay(),
                _ => (),
            }
        }
    }

    fn pick(&self, _: CoreId) -> Option<Turn> {
        let answers = self.with(|seen| {
            seen.answers += 1;
            seen.answers
        })?;
        let is_bad = answers > GOOD;
        match self.way {
            Way::Panics if is_bad => panic!("it was asked too much"),
            Way::Loops if is_bad => stay(),
            Way::Recurses if is_bad => drop(recurse(answers as u64)),
            _ => (),
        }
        self.answer(is_bad).map(|strand| Turn { strand, at_most_ns: SLICE_NS })
    }
}

fn stay() {
    loop {
        spindle_event::cores::relax();
    }
}

#[expect(unconditional_recursion, reason = "that is what it is for")]
fn recurse(number: u64) -> [u64; 64] {
    let mut below = recurse(core::hint::black_box(number + 1));
    below[0] += number;
    below
}
