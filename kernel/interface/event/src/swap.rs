//! Swap: any set of bindings over any set of events, exchanged in one step.
//!
//! All events concerned are locked, in the order of their addresses. Each gets a table that holds both what was and what
//! is to be and asks one [`Switch`] which of them counts; then the switch is thrown; then each gets its new table. Why
//! nobody sees half of it stands with the switch. A raise that has begun goes on as it began.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;
use core::ops::Range;

use spindle_sync::{Locked, Switch};

use crate::binding::{Binding, BindingId};
use crate::book::Book;
use crate::departure::Departure;
use crate::desk::{Desk, Files};
use crate::install_error::InstallError;
use crate::side::Side;
use crate::slots::{Leftovers, Slots};
use crate::typed::Made;
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
pub(crate) struct Half {
    desk: Arc<Desk>,
    change: Change,
    taken_over: Cell<TakenOver>,
}

/// An event, and which of its bindings come off and on.
type Named = (Arc<Desk>, Vec<BindingId>, Vec<BindingId>);

/// What is to change.
pub(crate) enum Change {
    /// These come off, and then those on.
    Named { off: Vec<BindingId>, on: Vec<BindingId> },
    /// What is installed of `old` goes, and what is due of `new` comes on.
    TakeOver { old: Range<usize>, new: Range<usize> },
}

impl Half {
    pub(crate) fn new(desk: Arc<Desk>, change: Change) -> Self {
        Self { desk, change, taken_over: Cell::default() }
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
                let whose = self.desk.whose();
                on.iter().try_for_each(|&id| book.put_back(id, whose)).map_err(refuse)
            }
            Change::TakeOver { old, new } => {
                let taken_over = book.take_over(old, new, self.desk.name()).map_err(refuse)?;
                self.taken_over.set(taken_over);
                Ok(())
            }
        }
    }
}

/// An event that is locked for a swap, and what it is to have.
struct Staged<'a> {
    files: Locked<'a, Files>,
    next: Book,
    /// None for an event that is withdrawn.
    side: Option<Built>,
}

/// What was built for it. Nobody has seen it yet.
struct Built {
    next: Slots,
    /// The table that asks the switch.
    both: Option<Made>,
    /// Kept to be dropped without the lock.
    _leftovers: Leftovers,
}

impl Built {
    /// What a swap from `book` to `next` needs; nothing has changed yet.
    fn new(side: &Side, book: &Book, next: &mut Book, switch: &Arc<Switch>) -> Self {
        let (typed, shape) = (&*side.typed, &side.shape);
        let mut slots = side.slots.clone();
        let leftovers = slots.follow(typed, next, None);
        let before = side.slots.clone().table(typed, book, shape);
        let both = typed.both(switch.clone(), before, slots.table(typed, next, shape));
        Self { next: slots, both: Some(both), _leftovers: leftovers }
    }
}

impl<'a> Staged<'a> {
    /// Locks the event and builds what the swap needs; nothing has changed yet.
    fn new(half: &'a Half, switch: &Arc<Switch>) -> Result<Self, SwapError> {
        let files = half.desk.lock();
        let mut next = files.book.clone();
        half.change(&mut next)?;
        let side = files.side.as_ref().map(|side| Built::new(side, &files.book, &mut next, switch));
        Ok(Self { files, next, side })
    }

    /// Has raises ask the switch.
    fn ask(&mut self) {
        // Before anybody can see the new, and so send something to it.
        self.next.settle_arrivals();
        let both = self.side.as_mut().and_then(|built| built.both.take());
        if let Some((_, side)) = self.files.parts()
            && both.is_some()
        {
            side.typed.show(both);
        }
    }

    /// Has raises see the new, unlocks, and hands back what is to be dropped.
    fn settle(self) -> (Book, Option<Built>) {
        let Self { mut files, mut next, side: mut built } = self;
        if let (Some((_, side)), Some(built)) = (files.parts(), &mut built) {
            core::mem::swap(&mut side.slots, &mut built.next);
            side.publish(&mut next);
        }
        (core::mem::replace(&mut files.book, next), built)
    }
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
    let mut halves: BTreeMap<usize, Named> = BTreeMap::new();
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
    let halves: Vec<Half> =
        halves.into_values().map(|(desk, off, on)| Half::new(desk, Change::Named { off, on })).collect();
    step(halves.iter())?;
    Ok(Departure::begin(true))
}

/// Does all of `halves`, which come in the order of their events' addresses, in one step.
///
/// # Errors
/// [`SwapError`]; nothing has changed then.
pub(crate) fn step<'a>(halves: impl ExactSizeIterator<Item = &'a Half>) -> Result<(), SwapError> {
    let switch = Arc::new(Switch::new());
    let mut staged: Vec<Staged<'_>> = Vec::with_capacity(halves.len());
    for half in halves {
        match Staged::new(half, &switch) {
            Ok(one) => staged.push(one),
            Err(error) => {
                // The last locked is unlocked first.
                while staged.pop().is_some() {}
                return Err(error);
            }
        }
    }
    staged.iter_mut().for_each(Staged::ask);
    switch.throw();
    let mut old = Vec::with_capacity(staged.len());
    while let Some(one) = staged.pop() {
        old.extend([one.settle()]);
    }
    drop(old);
    Ok(())
}
