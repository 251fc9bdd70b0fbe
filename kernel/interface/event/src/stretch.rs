//! Stretches: the rows of an event in pieces that tables share.
//!
//! A walk is fastest over rows that lie side by side, each the two words of a `Box<dyn Row>` with nothing in between. Such
//! a box has one owner, while a new table has mostly the rows of the old one, which may still be walked. So what is
//! shared is a stretch of rows, and a change makes new boxes for the stretches it touches only.
//!
//! Invariant: all stretches in a row give the rows of the event, in order. How long each is, is a matter of cost alone.
//!
//! This file does not know what becomes of a raise.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::binding::{BindingId, Bound};
use crate::dispatch::Row;
use crate::merge::Merge;

/// From how many rows on a stretch is left as it is when more come behind it.
const LEAST: usize = 16;
/// How many rows a stretch has at most: what one change may cost.
const MOST: usize = 48;

/// Rows side by side.
pub(crate) struct Stretch<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    names: Box<[BindingId]>,
    rows: Box<[Owned<A, R, M>]>,
}

/// A row as a walk goes by it: two words.
type Owned<A, R, M> = Box<dyn Row<A, R, M>>;

/// All rows of a table.
pub(crate) type Stretches<A, R, M> = Vec<Arc<Stretch<A, R, M>>>;

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Stretch<A, R, M> {
    fn of(bounds: &[Arc<Bound<A, R, M>>]) -> Self {
        Self {
            names: bounds.iter().map(|bound| bound.shared.id).collect(),
            rows: bounds.iter().map(|bound| bound.row.share()).collect(),
        }
    }

    /// Tells all rows in order.
    #[inline(always)]
    pub(crate) fn tell(&self, args: &A) {
        let _: ControlFlow<()> = self.go_through(|row| {
            row.tell(args);
            ControlFlow::Continue(())
        });
    }

    /// Has `visit` see the rows in order until it breaks.
    #[inline(always)]
    pub(crate) fn go_through(
        &self,
        mut visit: impl FnMut(&dyn Row<A, R, M>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        // Four at a time: the loop's own instructions are shared by them.
        let (fours, rest) = self.rows.as_chunks();
        for [first, second, third, fourth] in fours {
            visit(&**first)?;
            visit(&**second)?;
            visit(&**third)?;
            visit(&**fourth)?;
        }
        // Two and one: no loop at all.
        let (two, one) = rest.as_chunks();
        if let [[first, second]] = two {
            visit(&**first)?;
            visit(&**second)?;
        }
        if let [only] = one {
            visit(&**only)?;
        }
        ControlFlow::Continue(())
    }

    /// Whether this is what `bounds` begins with.
    fn begins(&self, bounds: &[Arc<Bound<A, R, M>>]) -> bool {
        let is_same = |(name, bound): (&BindingId, &Arc<Bound<A, R, M>>)| *name == bound.shared.id;
        self.names.len() <= bounds.len() && self.names.iter().zip(bounds).all(is_same)
    }
}

/// The stretches of `bounds`, with as many of `old` as still hold.
pub(crate) fn cut<A: ?Sized + 'static, R: 'static, M: Merge<R>>(
    bounds: &[Arc<Bound<A, R, M>>],
    old: &[Arc<Stretch<A, R, M>>],
) -> Stretches<A, R, M> {
    let old: BTreeMap<BindingId, &Arc<Stretch<A, R, M>>> = old
        .iter()
        .filter(|stretch| stretch.names.len() >= LEAST)
        .filter_map(|stretch| Some((*stretch.names.first()?, stretch)))
        .collect();
    let mut stretches = Vec::new();
    let mut rest = bounds;
    while let Some(head) = rest.first() {
        let kept = old.get(&head.shared.id).filter(|stretch| stretch.begins(rest));
        let stretch = kept.map_or_else(
            || {
                let is_in = |(at, bound): &(usize, &Arc<Bound<A, R, M>>)| {
                    *at < LEAST || !old.contains_key(&bound.shared.id)
                };
                let len = rest.iter().take(MOST).enumerate().take_while(is_in).count();
                Arc::new(Stretch::of(&rest[..len]))
            },
            |kept| Arc::clone(kept),
        );
        rest = &rest[stretch.rows.len()..];
        stretches.push(stretch);
    }
    stretches
}

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;
    use alloc::sync::Arc;
    use alloc::vec::Vec;
    use core::ops::ControlFlow;

    use super::{MOST, Stretches, cut};
    use crate::binding::{BindingId, Bound, Shared};
    use crate::dispatch::{Installed, Row};
    use crate::guard::Always;
    use crate::merge::Collect;
    use crate::order::Wish;

    type Rows = Vec<Arc<Bound<(), usize, Collect>>>;

    fn bound(answer: usize) -> Arc<Bound<(), usize, Collect>> {
        let row: Box<dyn Row<(), usize, Collect>> =
            Box::new(Arc::new(Installed { handler: move |_: &()| answer, guard: Always }));
        Arc::new(Bound { row, code: 0, shared: Shared::new(), wish: Wish::default() })
    }

    fn names(rows: &Rows) -> Vec<BindingId> {
        rows.iter().map(|bound| bound.shared.id).collect()
    }

    fn answers(stretches: &Stretches<(), usize, Collect>) -> Vec<usize> {
        let mut answers = Vec::new();
        for stretch in stretches {
            let _: ControlFlow<()> = stretch.go_through(|row| {
                row.offer(&(), &mut answers);
                ControlFlow::Continue(())
            });
        }
        answers
    }

    /// How many of `new` were made anew.
    fn fresh(new: &Stretches<(), usize, Collect>, old: &Stretches<(), usize, Collect>) -> usize {
        new.iter().filter(|stretch| !old.iter().any(|other| Arc::ptr_eq(stretch, other))).count()
    }

    #[test]
    fn stretches_give_all_rows_in_order_whatever_was_there_before() {
        let (mut rows, mut stretches) = (Rows::new(), Stretches::new());
        let mut expected = Vec::new();
        // Somewhere in the middle comes one, somewhere else one goes, now and then.
        for step in 0..600 {
            let at = step * 7 % (rows.len() + 1);
            rows.insert(at, bound(step));
            expected.insert(at, step);
            if step % 3 == 0 {
                let at = step * 11 % rows.len();
                rows.remove(at);
                expected.remove(at);
            }
            stretches = cut(&rows, &stretches);
            assert_eq!(answers(&stretches), expected);
            let cut_names: Vec<_> = stretches.iter().flat_map(|stretch| stretch.names.to_vec()).collect();
            assert_eq!(cut_names, names(&rows));
            assert!(stretches.iter().all(|stretch| stretch.rows.len() <= MOST));
        }
    }

    #[test]
    fn one_more_row_at_the_end_makes_one_stretch_anew() {
        let (mut rows, mut stretches) = (Rows::new(), Stretches::new());
        for step in 0..300 {
            rows.push(bound(step));
            let next = cut(&rows, &stretches);
            assert_eq!(fresh(&next, &stretches), 1);
            stretches = next;
        }
    }
}
