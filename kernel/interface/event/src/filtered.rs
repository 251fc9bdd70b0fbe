//! Filtered: rows among which some change the arguments that later ones see.
//!
//! The raiser's arguments are copied once; every row sees the copy, as the filters before it have left it. Since keys
//! can change on the way, no index finds a row here: each is asked. A filter works on a copy of its own, which counts only
//! when it has come to its end: it can be given up.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::ops::ControlFlow;

use spindle_sync::boundary::{self, Rule};

use crate::bound::{Bound, Build};
use crate::dispatch::Entry;
use crate::maker;
use crate::merge::Merge;
use crate::turns::Turns;
use crate::walk::{blame, finish};

/// The entry of an event with filters.
pub(crate) struct Filtered<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    bounds: Box<[Arc<Bound<A, R, M>>]>,
    default: Option<Arc<Bound<A, R, M>>>,
    guard_ticks: Option<u64>,
}

/// How an entry for arguments of this type is made.
pub(crate) fn builder<A: Clone + 'static, R: 'static, M: Merge<R>>() -> Build<A, R, M> {
    |bounds, common| {
        let bounds = bounds.iter().filter_map(|held| maker::bound(held)).collect();
        let (default, guard_ticks) = (common.default.and_then(maker::bound), common.guard_ticks);
        Box::new(Filtered { bounds, default, guard_ticks })
    }
}

impl<A: Clone + 'static, R: 'static, M: Merge<R>> Entry<A, R, M> for Filtered<A, R, M> {
    fn raise(&self, args: &A) -> M::Output {
        let turns = Turns::new();
        let mut seen = args.clone();
        for (at, bound) in self.bounds.iter().enumerate() {
            // Rows go by their numbers here, from 1 on: 0 is before the first.
            turns.progress.begin(at + 1);
            match self.guard_ticks {
                None => self.step(bound, &mut seen, &turns),
                Some(ticks) => {
                    let rule = Rule::Guards(&turns.progress, ticks);
                    let (_, outcome) = boundary::run(0, rule, || self.step(bound, &mut seen, &turns));
                    if let Some(end) = outcome.end {
                        blame(&bound.record, &turns, end);
                        continue;
                    }
                }
            }
            if let ControlFlow::Break(()) = turns.note() {
                break;
            }
        }
        finish(turns, self.default.as_ref(), &seen, self.guard_ticks)
    }
}

impl<A: Clone + 'static, R: 'static, M: Merge<R>> Filtered<A, R, M> {
    fn step(&self, bound: &Arc<Bound<A, R, M>>, seen: &mut A, turns: &Turns<M::State>) {
        if !self.is_longest(bound, seen) {
            return;
        }
        if bound.record.is_filter() {
            bound.alter(seen, turns);
        } else {
            bound.turn(seen, turns, false);
        }
    }

    /// Whether no other binding has a longer prefix of the key that this one asks for first.
    fn is_longest(&self, bound: &Bound<A, R, M>, seen: &A) -> bool {
        let first = |bound: &Bound<A, R, M>| {
            let (key, pattern) = bound.keys.first()?;
            Some((*key, pattern.prefix_bits()?, pattern.holds(key.of(seen))))
        };
        let Some((key, bits, _)) = first(bound) else { return true };
        let is_longer = |other: &Arc<Bound<A, R, M>>| {
            first(other).is_some_and(|(other, more, holds)| core::ptr::eq(key, other) && holds && more > bits)
        };
        !self.bounds.iter().any(is_longer)
    }
}
