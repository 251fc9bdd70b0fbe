//! Walk: every row in order, then the default handler if none ran.
//!
//! The walk of an event whose rows are all unguarded calls one row after the other. Where there are guards, which run
//! foreign code for raises that don't concern it, the walk is held to a boundary: a row that panics or is stuck counts as
//! having said no, and the walk goes on behind it. Which row has its turn, each row notes by itself.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::ops::ControlFlow;

use spindle_sync::boundary::{self, End, Rule};

use crate::bound::Bound;
use crate::dispatch::Entry;
use crate::merge::Merge;
use crate::record::Record;
use crate::row::Straight;
use crate::stretch::Stretches;
use crate::trouble;
use crate::turns::Turns;

/// The rows of a stretch.
pub(crate) type RowsOf<A, R, M> = Arc<[Straight<A, <M as Merge<R>>::State>]>;

/// The entry of an event with several handlers, or with one that does not always run.
pub(crate) struct Walk<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    /// The rows of each stretch.
    pub(crate) rows: Box<[RowsOf<A, R, M>]>,
    pub(crate) stretches: Stretches,
    pub(crate) default: Option<Arc<Bound<A, R, M>>>,
    /// How long a guard may take, where there are any.
    pub(crate) guard_ticks: Option<u64>,
}

/// Which row of which stretch.
type Spot = (usize, usize);

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Entry<A, R, M> for Walk<A, R, M> {
    fn raise(&self, args: &A) -> M::Output {
        let turns = Turns::new();
        // Whether somebody asks after each row what came of it.
        match (M::CAN_STOP || self.default.is_some(), self.guard_ticks) {
            (false, None) => self.tell(args, &turns),
            (true, None) => self.go::<true>(args, &turns, (0, 0)),
            (false, Some(ticks)) => self.contained::<false>(args, &turns, ticks),
            (true, Some(ticks)) => self.contained::<true>(args, &turns, ticks),
        }
        finish(turns, self.default.as_ref(), args, self.guard_ticks)
    }
}

/// Runs the default handler if nobody ran, and says what came of the raise. A guard may take `guard_ticks`, if there are
/// any.
#[inline(always)]
pub(crate) fn finish<A: ?Sized, R, M: Merge<R>>(
    turns: Turns<M::State>,
    default: Option<&Arc<Bound<A, R, M>>>,
    args: &A,
    guard_ticks: Option<u64>,
) -> M::Output {
    if let Some(default) = default
        && !turns.has_run()
        && is_wanted(default, args, &turns, guard_ticks)
        && let Some(result) = default.run(args)
    {
        turns.fold::<R, M>(result);
    }
    turns.finish::<R, M>()
}

/// Whether what stands before the default handler holds.
fn is_wanted<A: ?Sized, R, M: Merge<R>>(
    default: &Bound<A, R, M>,
    args: &A,
    turns: &Turns<M::State>,
    guard_ticks: Option<u64>,
) -> bool {
    let holds = || default.is_meant(args, false) && default.asks(args);
    let Some(ticks) = guard_ticks else { return holds() };
    turns.progress.begin(core::ptr::from_ref(default).addr());
    let (answer, outcome) = boundary::run(0, Rule::Guards(&turns.progress, ticks), holds);
    if let Some(end) = outcome.end {
        blame(&default.record, turns, end);
    }
    answer.unwrap_or(false)
}

/// What is done about a row that was given up: blame goes to its guard while no handler has begun.
pub(crate) fn blame<S>(record: &Record, turns: &Turns<S>, end: End) {
    trouble::report(record, end, turns.is_asking() && record.is_guarded());
    turns.give_up();
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Walk<A, R, M> {
    /// Calls row after row.
    #[inline(always)]
    fn tell(&self, args: &A, turns: &Turns<M::State>) {
        for rows in &self.rows {
            // Four at a time: the loop's own instructions are shared by them.
            let (fours, rest) = rows.as_chunks();
            for [first, second, third, fourth] in fours {
                first.call(args, turns);
                second.call(args, turns);
                third.call(args, turns);
                fourth.call(args, turns);
            }
            rest.iter().for_each(|row| row.call(args, turns));
        }
    }

    /// Calls row after row from `from` on. If it asks, it notes who ran, and stops at a claim.
    #[inline(always)]
    fn go<const ASKS: bool>(&self, args: &A, turns: &Turns<M::State>, from: Spot) {
        let step = |row: &Straight<A, M::State>| {
            row.call(args, turns);
            if ASKS { turns.note() } else { ControlFlow::Continue(()) }
        };
        let mut skipped = from.1;
        for rows in self.rows.get(from.0..).unwrap_or_default() {
            let (fours, rest) = rows.get(skipped..).unwrap_or_default().as_chunks();
            skipped = 0;
            for [first, second, third, fourth] in fours {
                if step(first).is_break()
                    || step(second).is_break()
                    || step(third).is_break()
                    || step(fourth).is_break()
                {
                    return;
                }
            }
            if rest.iter().try_for_each(step).is_break() {
                return;
            }
        }
    }

    /// As `go`, over guards that can fail.
    #[inline(never)]
    fn contained<const ASKS: bool>(&self, args: &A, turns: &Turns<M::State>, ticks: u64) {
        let mut from = (0, 0);
        loop {
            let rule = Rule::Guards(&turns.progress, ticks);
            let (_, outcome) = boundary::run(0, rule, || self.go::<ASKS>(args, turns, from));
            let Some(end) = outcome.end else { return };
            let Some(next) = self.blame(turns, end) else { return };
            from = next;
        }
    }

    /// Does what follows from a row that was given up, and says which one is next.
    #[cold]
    #[inline(never)]
    fn blame(&self, turns: &Turns<M::State>, end: End) -> Option<Spot> {
        let (piece, row) = self.spot(turns.progress.row())?;
        blame(self.stretches.pieces().get(piece)?.records().get(row)?, turns, end);
        Some((piece, row + 1))
    }

    /// The row whose state lies at that address.
    fn spot(&self, address: usize) -> Option<Spot> {
        self.rows.iter().enumerate().find_map(|(at, rows)| {
            let is_it = |row: &Straight<A, M::State>| row.address() == address;
            Some((at, rows.iter().position(is_it)?))
        })
    }
}
