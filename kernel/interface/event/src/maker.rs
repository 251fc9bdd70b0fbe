//! Maker: makes bindings, rows and tables of one event's types. Compiled into the crate that declares the event.
//!
//! Lies on the kernel's heap, under the lock of the desk; what it makes lies where the declaring crate allocates.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::any::Any;

use spindle_sync::{Back, Switch};

use crate::bound::{Action, Bound, Carry, Making};
use crate::dispatch::{Both, Entry, Link, Table};
use crate::key::Key;
use crate::keyed;
use crate::merge::Merge;
use crate::record::{Record, Slot};
use crate::row::{self, Straight};
use crate::rows::Rows;
use crate::slots::Piece;
use crate::stretch::Stretches;
use crate::typed::{Common, Held, Keys, Made, Typed};
use crate::walk::{RowsOf, Walk};

/// What of an event has its types.
pub(crate) struct Maker<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) keys: &'static [&'static Key<A>],
    /// How arguments get to where handlers run that do not say it themselves, if later.
    pub(crate) send: Option<Carry<A, R, M>>,
    /// What raises see.
    pub(crate) table: Back<Table<A, R, M>>,
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Typed for Maker<A, R, M> {
    fn bind(
        &self,
        record: Arc<Record>,
        made: &mut dyn Any,
        mut imposed: Option<Box<dyn Any>>,
    ) -> Option<Held> {
        let making = made.downcast_mut::<Option<Making<A, R, M>>>()?.take()?;
        let imposed = imposed.as_mut().and_then(|imposed| imposed.downcast_mut());
        Some(Bound::new(record, making, imposed, self.send))
    }

    fn under(&self, old: &Held, record: Arc<Record>, imposed: Option<&dyn Any>) -> Option<Held> {
        let old = old.downcast_ref::<Bound<A, R, M>>()?;
        let imposed = imposed.and_then(|imposed| imposed.downcast_ref()).unwrap_or(&old.imposed);
        Some(old.under(record, imposed))
    }

    fn rows(&self, bounds: &mut dyn Iterator<Item = &Held>) -> Held {
        Arc::new(all(bounds, row::<A, R, M>))
    }

    fn with_row(&self, rows: Option<&Held>, slot: Slot, held: Option<&Held>) -> Held {
        let rows = rows.and_then(|rows| rows.downcast_ref());
        Rows::exchange(rows, row::no_rows, slot, held.and_then(row::<A, R, M>))
    }

    fn sole(&self, only: &Held) -> Option<Made> {
        Some(table(bound::<A, R, M>(only)?.sole()?))
    }

    fn filtered(&self, filter: &Held, bounds: &[&Held], common: Common<'_>) -> Option<Made> {
        match filter.downcast_ref::<Bound<A, R, M>>()?.action {
            Action::Alter(_, build) => Some(table(build(bounds, common))),
            Action::Handle(_) => None,
        }
    }

    fn walk(&self, stretches: &Stretches, pieces: &[Piece], common: Common<'_>) -> Made {
        table::<A, R, M>(Box::new(Walk {
            rows: each(pieces, rows_of::<A, R, M>),
            stretches: stretches.clone(),
            default: common.default.and_then(bound),
            guard_ticks: common.guard_ticks,
        }))
    }

    fn keyed(&self, keys: Keys<'_>, common: Common<'_>) -> Option<Made> {
        Some(table(keyed::entry::<A, R, M>(self.keys, keys, common)?))
    }

    fn both(&self, switch: Arc<Switch>, before: Option<Made>, after: Option<Made>) -> Made {
        let [before, after] = [before, after].map(|made| made.and_then(own::<A, R, M>));
        table::<A, R, M>(Box::new(Both { switch, before, after }))
    }

    fn show(&mut self, made: Option<Made>) {
        match made.and_then(own) {
            Some(table) => self.table.replace(table),
            None => self.table.reset(),
        }
    }
}

/// A binding of these types; none if it has others.
#[inline(never)]
pub(crate) fn bound<A: ?Sized + 'static, R: 'static, M: Merge<R>>(
    held: &Held,
) -> Option<Arc<Bound<A, R, M>>> {
    held.clone().downcast().ok()
}

fn row<A: ?Sized + 'static, R: 'static, M: Merge<R>>(held: &Held) -> Option<Straight<A, M::State>> {
    bound::<A, R, M>(held)?.row()
}

fn rows_of<A: ?Sized + 'static, R: 'static, M: Merge<R>>(held: &Held) -> RowsOf<A, R, M> {
    held.downcast_ref::<RowsOf<A, R, M>>().cloned().unwrap_or_default()
}

#[inline(never)]
fn table<A: ?Sized + 'static, R: 'static, M: Merge<R>>(entry: Box<dyn Entry<A, R, M>>) -> Made {
    Box::new(Table { entry: Link::Built(entry) })
}

#[inline(never)]
fn own<A: ?Sized + 'static, R: 'static, M: Merge<R>>(made: Made) -> Option<Box<Table<A, R, M>>> {
    made.downcast().ok()
}

/// The `row` of all that have one.
// Which function that is, is said when it runs, here and below: so the code is the same for all rows, and the linker keeps one.
#[inline(never)]
fn all<T>(bounds: &mut dyn Iterator<Item = &Held>, row: fn(&Held) -> Option<T>) -> Arc<[T]> {
    bounds.filter_map(row).collect()
}

/// The `rows` of each piece.
#[inline(never)]
fn each<T>(pieces: &[Piece], rows: fn(&Held) -> Arc<[T]>) -> Box<[Arc<[T]>]> {
    pieces.iter().map(|(_, held)| rows(held)).collect()
}
