//! Keyed: rows that an index finds by a key of the arguments, so that the others cost nothing.
//!
//! The usual event of this kind has one key and no other rows: then a raise reads the key, looks it up and calls what it
//! finds. With several keys, ranges, or rows that ask for every raise, what is found is several lists, and their rows
//! have their turns in the order of their labels.

use alloc::sync::Arc;
use core::ops::ControlFlow;

use spindle_sync::boundary::{self, Rule};

use crate::bound::Bound;
use crate::dispatch::{Entry, Parts, Rows};
use crate::index::{Index, Row};
use crate::key::Key;
use crate::merge::Merge;
use crate::row::Straight;
use crate::turns::Turns;
use crate::walk::{blame, finish};

/// How many keys an event has at most.
pub(crate) const MAX_KEYS: usize = 4;

/// What an index finds: how a binding is called, and which it is.
pub(crate) struct Found<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) row: Straight<A, M::State>,
    pub(crate) bound: Arc<Bound<A, R, M>>,
}

impl<A: ?Sized, R, M: Merge<R>> Clone for Found<A, R, M> {
    fn clone(&self) -> Self {
        Self { row: self.row.clone(), bound: self.bound.clone() }
    }
}

/// Rows by one key.
pub(crate) struct ByKey<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) key: &'static Key<A>,
    pub(crate) index: Index<Found<A, R, M>>,
}

impl<A: ?Sized, R, M: Merge<R>> Clone for ByKey<A, R, M> {
    fn clone(&self) -> Self {
        Self { key: self.key, index: self.index.clone() }
    }
}

/// The entry of an event whose handlers say for which keys they are meant.
pub(crate) struct Keyed<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    /// The one index, where there is nothing else to look at.
    lone: Option<ByKey<A, R, M>>,
    parts: Parts<A, R, M>,
    default: Option<Arc<Bound<A, R, M>>>,
    guard_ticks: Option<u64>,
}

/// Rows that one lookup has found.
type List<'a, A, R, M> = &'a [Row<Found<A, R, M>>];

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Keyed<A, R, M> {
    pub(crate) fn new(
        parts: Parts<A, R, M>,
        default: Option<Arc<Bound<A, R, M>>>,
        guard_ticks: Option<u64>,
    ) -> Self {
        let is_simple = parts.rest.is_empty() && default.is_none() && guard_ticks.is_none();
        let lone = match &*parts.by_key {
            [only] if is_simple => Some(only.clone()),
            _ => None,
        };
        Self { lone, parts, default, guard_ticks }
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Entry<A, R, M> for Keyed<A, R, M> {
    fn raise(&self, args: &A) -> M::Output {
        if let Some(ByKey { key, index }) = &self.lone {
            let found = index.find(key.of(args));
            if found.spans.is_empty() {
                let turns = Turns::new(M::start());
                for row in found.exact {
                    row.value.row.call(args, &turns);
                    if M::CAN_STOP && turns.note().is_break() {
                        break;
                    }
                }
                return M::finish(turns.into_state());
            }
        }
        self.raise_merged(args)
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Keyed<A, R, M> {
    #[inline(never)]
    fn raise_merged(&self, args: &A) -> M::Output {
        let turns = Turns::new(M::start());
        let mut lists: [List<'_, A, R, M>; 2 * MAX_KEYS] = [&[]; 2 * MAX_KEYS];
        for (pair, one) in lists.as_chunks_mut().0.iter_mut().zip(&self.parts.by_key) {
            let found = one.index.find(one.key.of(args));
            *pair = [found.exact, found.spans];
        }
        match self.guard_ticks {
            None => merge(&self.parts.rest, &lists, 0, args, &turns),
            Some(ticks) => self.contained(&lists, args, &turns, ticks),
        }
        finish(turns, self.default.as_ref(), args)
    }

    fn contained(&self, lists: &[List<'_, A, R, M>], args: &A, turns: &Turns<M::State>, ticks: u64) {
        let mut from = 0;
        loop {
            let rule = Rule::Guards(&turns.progress, ticks);
            let (_, outcome) =
                boundary::run(0, rule, || merge(&self.parts.rest, lists, from, args, turns));
            let Some(end) = outcome.end else { return };
            let label = turns.progress.row() as u64;
            if let Some(bound) = self.bound(lists, label) {
                blame(bound, turns, end);
            }
            from = label + 1;
        }
    }

    fn bound<'a>(&'a self, lists: &[List<'a, A, R, M>], label: u64) -> Option<&'a Bound<A, R, M>> {
        let found = lists.iter().find_map(|list| {
            let at = list.binary_search_by_key(&label, |row| row.label).ok()?;
            Some(&*list[at].value.bound)
        });
        found.or_else(|| {
            let (at, _, bound) = self.parts.rest.from(label).next()?;
            (at == label).then_some(&**bound)
        })
    }
}

/// Gives all rows from label `from` on their turn, in the order of labels.
fn merge<A: ?Sized + 'static, R: 'static, M: Merge<R>>(
    rest: &Rows<A, R, M>,
    lists: &[List<'_, A, R, M>],
    from: u64,
    args: &A,
    turns: &Turns<M::State>,
) {
    let mut heads = [0; 2 * MAX_KEYS];
    for (head, list) in heads.iter_mut().zip(lists) {
        *head = list.partition_point(|row| row.label < from);
    }
    let mut rest = rest.from(from).peekable();
    loop {
        let least = heads
            .iter()
            .zip(lists)
            .enumerate()
            .filter_map(|(at, (head, list))| Some((list.get(*head)?, at)))
            .min_by_key(|(row, _)| row.label);
        let (label, row) = match (least, rest.peek()) {
            (Some((found, at)), other) if other.is_none_or(|other| found.label < other.0) => {
                heads[at] += 1;
                (found.label, &found.value.row)
            }
            (_, Some(_)) => match rest.next() {
                Some((label, row, _)) => (label, row),
                None => return,
            },
            _ => return,
        };
        turns.progress.begin(label as usize);
        row.call(args, turns);
        if let ControlFlow::Break(()) = turns.note() {
            return;
        }
    }
}
