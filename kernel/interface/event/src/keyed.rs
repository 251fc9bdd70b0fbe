//! Keyed: rows that an index finds by a key of the arguments, so that the others cost nothing.
//!
//! The usual event of this kind has one key and no other rows, and each value of the key has one: then a raise reads the
//! key, looks it up and calls what it finds ([`Lone`]). With several keys, ranges, or rows that are asked at every raise, what is
//! found is several lists, and their rows have their turns in the order of their labels.

use alloc::boxed::Box;
use alloc::sync::Arc;

use spindle_sync::boundary::{self, Rule};

use crate::bound::Bound;
use crate::dispatch::Entry;
use crate::index::Quick;
use crate::key::Key;
use crate::lookup::{Finder, Found};
use crate::maker;
use crate::merge::Merge;
use crate::merged::Merged;
use crate::record::Record;
use crate::row::Straight;
use crate::rows::{self, Rows};
use crate::turns::Turns;
use crate::typed::{Common, Keys};
use crate::walk::{blame, finish};

/// How many keys an event has at most.
pub(crate) const MAX_KEYS: usize = 4;

/// The entry of an event whose handlers say for which keys they are meant.
pub(crate) struct Keyed<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    rows: Rows<Straight<A, M::State>>,
    /// The keys that the finder's indexes go by.
    keys: Box<[&'static Key<A>]>,
    finder: Arc<Finder>,
    default: Option<Arc<Bound<A, R, M>>>,
    guard_ticks: Option<u64>,
}

/// The same, where there is one index and nothing else to look at: no rows that are always asked, no guards, no default
/// handler, no spans.
struct Lone<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    key: Key<A>,
    index: Quick<Found>,
    rows: rows::Quick<Straight<A, M::State>>,
    /// For a value that has no row or several, or that lies badly in the index.
    all: Keyed<A, R, M>,
}

/// The entry for rows that are found by some of the event's `keys`.
pub(crate) fn entry<A: ?Sized + 'static, R: 'static, M: Merge<R>>(
    keys: &[&'static Key<A>],
    by: Keys<'_>,
    common: Common<'_>,
) -> Option<Box<dyn Entry<A, R, M>>> {
    let all = Keyed {
        rows: by.rows.downcast_ref::<Rows<_>>()?.clone(),
        keys: chosen(keys, by.which),
        finder: by.finder.clone(),
        default: common.default.and_then(maker::bound),
        guard_ticks: common.guard_ticks,
    };
    if by.is_simple
        && let Some(key) = all.keys.first()
        && let Some(index) = by.finder.quick()
    {
        return Some(Box::new(Lone { key: key.copy(), index, rows: all.rows.quick(), all }));
    }
    Some(Box::new(all))
}

/// Apart, since it is the same for all types of arguments: the linker keeps one.
#[inline(never)]
fn chosen<A: ?Sized>(keys: &[&'static Key<A>], which: &[usize]) -> Box<[&'static Key<A>]> {
    which.iter().filter_map(|at| keys.get(*at).copied()).collect()
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Entry<A, R, M> for Lone<A, R, M> {
    fn raise(&self, args: &A) -> M::Output {
        let value = self.key.of(args);
        if let Some(slot) = self.index.find_only(value)
            && let Some(row) = self.rows.get(slot)
        {
            let turns = Turns::new();
            row.call(args, &turns);
            return turns.finish::<R, M>();
        }
        Keyed::raise_listed(value, &self.all, args)
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Entry<A, R, M> for Keyed<A, R, M> {
    fn raise(&self, args: &A) -> M::Output {
        self.raise_merged(args)
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Keyed<A, R, M> {
    /// Calls what the one index has for `value`, where that is all there is. Not inlined, and with the value in front, where
    /// [`Lone`] has it: so it costs those raises nothing that don't come here.
    #[inline(never)]
    fn raise_listed(value: u64, all: &Self, args: &A) -> M::Output {
        let turns = Turns::new();
        for row in all.finder.by.iter().flat_map(|index| index.find(value).exact) {
            if let Some(row) = all.rows.get(row.value.slot) {
                row.call(args, &turns);
            }
            if M::CAN_STOP && turns.note().is_break() {
                break;
            }
        }
        turns.finish::<R, M>()
    }

    #[inline(never)]
    fn raise_merged(&self, args: &A) -> M::Output {
        let turns = Turns::new();
        let mut merged = Merged::new(&self.finder);
        for key in &self.keys {
            merged.look_up(key.of(args));
        }
        match self.guard_ticks {
            None => self.go(&merged, 0, args, &turns),
            Some(ticks) => self.contained(&merged, args, &turns, ticks),
        }
        finish(turns, self.default.as_ref(), args, self.guard_ticks)
    }

    /// Gives all rows from label `from` on their turn.
    #[inline(never)]
    fn go(&self, merged: &Merged<'_>, from: u64, args: &A, turns: &Turns<M::State>) {
        for (_, record) in merged.from(from) {
            if let Some(row) = self.rows.get(record.slot) {
                row.call(args, turns);
            }
            if turns.note().is_break() {
                return;
            }
        }
    }

    /// The row whose state lies at that address.
    #[inline(never)]
    fn at(&self, merged: &Merged<'_>, address: usize) -> Option<(u64, Arc<Record>)> {
        let is_it = |record: &Record| self.rows.get(record.slot).is_some_and(|row| row.address() == address);
        let (label, record) = merged.from(0).find(|(_, record)| is_it(record))?;
        Some((label, record.clone()))
    }

    fn contained(&self, merged: &Merged<'_>, args: &A, turns: &Turns<M::State>, ticks: u64) {
        let mut from = 0;
        loop {
            let rule = Rule::Guards(&turns.progress, ticks);
            let (_, outcome) = boundary::run(0, rule, || self.go(merged, from, args, turns));
            let Some(end) = outcome.end else { return };
            let Some((label, record)) = self.at(merged, turns.progress.row()) else { return };
            blame(&record, turns, end);
            from = label + 1;
        }
    }
}
