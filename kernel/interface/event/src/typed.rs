//! Typed: what of an event has its types, for code that does not know them.
//!
//! All that is decided about bindings and tables is decided without types and compiled once, into the kernel. What is left for each type of
//! event is behind this trait: to make a binding, its row, an entry. Each of these functions is short, since there is one for every
//! type of event. They are compiled into the crate that declares the event, and what they make lies where that crate allocates.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::any::Any;

use spindle_sync::Switch;

use crate::lookup::Finder;
use crate::record::{Record, Slot};
use crate::slots::Piece;
use crate::stretch::Stretches;

/// A [`Bound`](crate::bound::Bound), or what else has an event's types and is shared.
pub(crate) type Held = Arc<dyn Any + Send + Sync>;

/// A [`Table`](crate::dispatch::Table).
pub(crate) type Made = Box<dyn Any + Send + Sync>;

/// What tables with more than one row have in common.
#[derive(Clone, Copy)]
pub(crate) struct Common<'a> {
    pub(crate) default: Option<&'a Held>,
    /// How long a guard may take, where there are any.
    pub(crate) guard_ticks: Option<u64>,
}

/// Rows that are found by keys.
#[derive(Clone, Copy)]
pub(crate) struct Keys<'a> {
    pub(crate) finder: &'a Arc<Finder>,
    /// Which of the event's keys each of its indexes goes by.
    pub(crate) which: &'a [usize],
    /// Whether there is nothing else to look at than what one of them finds.
    pub(crate) is_simple: bool,
    /// Rows by slot.
    pub(crate) rows: &'a Held,
}

/// What is made of an event's types. Called with the event's lock held.
pub(crate) trait Typed: Send {
    /// A binding of what was `made` of a handler's types, an `Option<Making>` of which nothing is left then, and of guards that are `imposed`;
    /// none if those are other types.
    fn bind(&self, record: Arc<Record>, made: &mut dyn Any, imposed: Option<Box<dyn Any>>) -> Option<Held>;
    /// The same binding under another record, with the guards that stand before it or those that are `imposed`.
    fn under(&self, old: &Held, record: Arc<Record>, imposed: Option<&dyn Any>) -> Option<Held>;
    /// The rows of these bindings.
    fn rows(&self, bounds: &mut dyn Iterator<Item = &Held>) -> Held;
    /// Rows by slot, with another one in this.
    fn with_row(&self, rows: Option<&Held>, slot: Slot, bound: Option<&Held>) -> Held;
    /// The table of an event that has this binding only, if there is a shorter way than by a walk.
    fn sole(&self, only: &Held) -> Option<Made>;
    /// The table that asks all of `bounds`, of which `filter` is one that changes arguments.
    fn filtered(&self, filter: &Held, bounds: &[&Held], common: Common<'_>) -> Option<Made>;
    /// The table that walks over the rows of these stretches.
    fn walk(&self, stretches: &Stretches, pieces: &[Piece], common: Common<'_>) -> Made;
    /// The table that finds rows by keys.
    fn keyed(&self, keys: Keys<'_>, common: Common<'_>) -> Option<Made>;
    /// The table that is one or the other, as the switch says.
    fn both(&self, switch: Arc<Switch>, before: Option<Made>, after: Option<Made>) -> Made;
    /// Has raises see this table, or that of an event without handlers.
    fn show(&mut self, table: Option<Made>);
}
