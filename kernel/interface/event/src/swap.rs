//! Swap: any set of bindings over any set of events, exchanged in one step.
//!
//! All events concerned are locked, in the order of their addresses. Each gets a table that holds both what was and what
//! is to be and asks one [`Switch`] which of them counts; then the switch is thrown; then each gets its new table. Why
//! nobody sees half of it stands with the switch. A raise that has begun goes on as it began.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::cell::Cell;
use core::fmt;
use core::ops::Range;

use spindle_sync::{Locked, Switch};

use crate::binding::{Binding, BindingId};
use crate::bindings::{Bindings, Leftovers};
use crate::book::Book;
use crate::departure::Departure;
use crate::dispatch::{Both, Link, Table};
use crate::event::Event;
use crate::install_error::InstallError;
use crate::merge::Merge;
use crate::registry::{self, Registered};
use crate::understudy::TakenOver;

/// Why nothing was swapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwapError {
    /// A binding is gone, so it can be neither installed nor taken off.
    Gone {
        /// Which one.
        binding: BindingId,
    },
    /// A binding can't be installed.
    Install(InstallError),
    /// No understudy lies there, so there is nobody to take a place.
    NoUnderstudy {
        /// Where its code was said to begin.
        code: usize,
    },
}

impl fmt::Display for SwapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone { binding } => write!(f, "binding {binding} is gone"),
            Self::Install(error) => error.fmt(f),
            Self::NoUnderstudy { code } => write!(f, "no understudy lies at {code:#x}"),
        }
    }
}

impl core::error::Error for SwapError {}

/// What a swap means for one event.
pub(crate) struct Half<'a> {
    event: &'a dyn Registered,
    change: Change,
    taken_over: Cell<TakenOver>,
}

/// An event, and which of its bindings come off and on.
type Named<'a> = (&'a dyn Registered, Vec<BindingId>, Vec<BindingId>);

/// What is to change.
pub(crate) enum Change {
    /// These come off, and then those on.
    Named { off: Vec<BindingId>, on: Vec<BindingId> },
    /// What is installed of `old` goes, and what is due of `new` comes on.
    TakeOver { old: Range<usize>, new: Range<usize> },
}

impl<'a> Half<'a> {
    pub(crate) fn new(event: &'a dyn Registered, change: Change) -> Self {
        Self { event, change, taken_over: Cell::default() }
    }

    /// What has changed hands, once it is done.
    pub(crate) fn taken_over(&self) -> TakenOver {
        self.taken_over.get()
    }

    /// Does it in the event's book, or in a copy of that.
    fn change(&self, book: &mut Book) -> Result<(), SwapError> {
        let refuse = |error| match error {
            InstallError::Gone { binding } => SwapError::Gone { binding },
            error => SwapError::Install(error),
        };
        match &self.change {
            Change::Named { off, on } => {
                for &id in off {
                    if let Some(record) = book.take(id) {
                        book.off.push(record);
                    }
                }
                let whose = registry::whose(self.event);
                on.iter().try_for_each(|&id| book.put_back(id, whose)).map_err(refuse)
            }
            Change::TakeOver { old, new } => {
                let taken_over = book.take_over(old, new, self.event.name()).map_err(refuse)?;
                self.taken_over.set(taken_over);
                Ok(())
            }
        }
    }
}

/// An event that is locked for a swap.
pub(crate) trait Staged {
    /// Has raises ask the switch.
    fn ask(&mut self);
    /// Has raises see the new, unlocks, and hands back what is to be dropped.
    fn settle(self: Box<Self>) -> Box<dyn Any>;
}

/// Takes all of `off` off and installs all of `on`, in one step over all their events: no raise, on any core, sees a part
/// of it. What is in both is installed afterwards.
///
/// # Errors
/// [`SwapError`]; nothing has changed then.
///
/// # Context
/// Not in interrupt context. Waits for other changes of the events concerned, never for a raise. Allocates.
pub fn swap(off: &[&Binding], on: &[&Binding]) -> Result<Departure, SwapError> {
    let mut halves: BTreeMap<usize, Named<'_>> = BTreeMap::new();
    let stays = |binding: &Binding| on.iter().any(|other| other.id() == binding.id());
    for (binding, is_on) in off.iter().map(|one| (one, false)).chain(on.iter().map(|one| (one, true))) {
        let id = binding.id();
        let event = binding.shared().event().ok_or(SwapError::Gone { binding: id })?;
        let half = halves.entry(event.address()).or_insert_with(|| (event, Vec::new(), Vec::new()));
        match is_on {
            true => half.2.extend([id]),
            false if stays(binding) => {}
            false => half.1.extend([id]),
        }
    }
    let halves: Vec<Half<'_>> =
        halves.into_values().map(|(event, off, on)| Half::new(event, Change::Named { off, on })).collect();
    step(halves.iter())?;
    Ok(Departure::begin(true))
}

/// Does all of `halves`, which come in the order of their events' addresses, in one step.
///
/// # Errors
/// [`SwapError`]; nothing has changed then.
pub(crate) fn step<'a>(halves: impl ExactSizeIterator<Item = &'a Half<'a>>) -> Result<(), SwapError> {
    let switch = Arc::new(Switch::new());
    let mut staged: Vec<Box<dyn Staged + '_>> = Vec::with_capacity(halves.len());
    for half in halves {
        match half.event.stage(half, &switch) {
            Ok(one) => staged.push(one),
            Err(error) => {
                // The last locked is unlocked first.
                while staged.pop().is_some() {}
                return Err(error);
            }
        }
    }
    staged.iter_mut().for_each(|one| one.ask());
    switch.throw();
    let mut old = Vec::with_capacity(staged.len());
    while let Some(one) = staged.pop() {
        old.extend([one.settle()]);
    }
    drop(old);
    Ok(())
}

/// An event of known types that is locked for a swap.
pub(crate) struct StagedEvent<'a, A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    event: &'a Event<A, R, M>,
    next: Bindings<A, R, M>,
    both: Option<Box<Table<A, R, M>>>,
    leftovers: Leftovers<A, R, M>,
    bindings: Locked<'a, Bindings<A, R, M>>,
}

impl<'a, A: ?Sized + 'static, R: 'static, M: Merge<R>> StagedEvent<'a, A, R, M> {
    pub(crate) fn new(
        event: &'a Event<A, R, M>,
        half: &Half<'_>,
        switch: &Arc<Switch>,
    ) -> Result<Self, SwapError> {
        let bindings = event.locked().lock();
        let mut next = bindings.clone();
        half.change(&mut next.book)?;
        let leftovers = next.follow();
        let shape = event.shape();
        let (before, after) = (bindings.clone().table(&shape), next.table(&shape));
        let both = Both { switch: switch.clone(), before, after };
        let both = Some(Box::new(Table { entry: Link::Built(Box::new(both)) }));
        Ok(Self { event, next, both, leftovers, bindings })
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Staged for StagedEvent<'_, A, R, M> {
    fn ask(&mut self) {
        // Before anybody can see the new, and so send something to it.
        self.next.book.settle_arrivals();
        if let Some(both) = self.both.take() {
            self.event.snapshot().replace(both);
        }
    }

    fn settle(self: Box<Self>) -> Box<dyn Any> {
        let Self { event, mut next, leftovers, mut bindings, .. } = *self;
        next.waiting = bindings.waiting.take();
        event.publish(&mut next);
        let old = core::mem::replace(&mut *bindings, next);
        drop(bindings);
        Box::new((old, leftovers))
    }
}
