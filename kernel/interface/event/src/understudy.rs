//! Understudy: code that is to take the place of other code, and what it installs before it does.
//!
//! What an understudy installs is made, authorized and counted like any other binding, but stays off and is *due*: it comes
//! on with [`take_over`], which takes off all that is installed of the code it replaces, in the same step, over all events.
//! If the understudy fails instead, nothing was ever seen of it.
//!
//! Nobody pays for it while there is none, but who installs for the load of one number.
//!
//! This file does not know what a domain is, nor why one is to be replaced.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};

use spindle_sync::{Authority, Lock};

use crate::binding::{BindingId, State};
use crate::book::{Book, Move, Whose};
use crate::desk::Desk;
use crate::install_error::InstallError;
use crate::record::Record;
use crate::registry;
use crate::swap::{Change, Half, SwapError, step};

/// One understudy, and whose place it is to take.
struct Understudy {
    code: Range<usize>,
    data: Range<usize>,
    old: Range<usize>,
}

/// Lock order: after an event's bindings, before the heap's lock; nothing else is locked while this is held.
static UNDERSTUDIES: Lock<Vec<Understudy>> = Lock::new(Vec::new());
/// How many there are. Relaxed: the code of an understudy runs only after [`begin`], on its core or on one that was told
/// since; for all other code it makes no difference.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// What changed hands in a [`take_over`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// How many bindings were taken off.
    pub off: usize,
    /// How many were installed in their place.
    pub on: usize,
}

/// From here on what `code` installs is off, until it takes the place of `old`; but for what it installs at events of its own,
/// which lie in `data` or are declared by it: nobody else handles those. Before any of `code` runs. Kernel only.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn begin(_: &Authority, code: Range<usize>, data: Range<usize>, old: Range<usize>) {
    UNDERSTUDIES.lock().push(Understudy { code, data, old });
    COUNT.fetch_add(1, Ordering::Relaxed);
}

/// Has the understudy `code` take its place: all that is installed of the old code goes for good, and all that is due of
/// `code` comes on, in one step over all events: no raise, on any core, sees a part of it. From then on `code` is no
/// understudy. Kernel only.
///
/// What was sent to the old code's asynchronous handlers before still runs. What is installed at the old code's own
/// events (those that lie in `data` or are declared by that code) stays there: only what is on its way to them can still
/// come, and nobody else would handle it. An install by the old code that happens at the same time may come after the
/// step.
///
/// # Errors
/// [`SwapError`] when one that is due can't be installed, or `code` is no understudy. Nothing has changed then.
///
/// # Context
/// Not in interrupt context. Waits for other changes of the events concerned, never for a raise. Allocates.
pub fn take_over(_: &Authority, code: &Range<usize>, data: &Range<usize>) -> Result<TakenOver, SwapError> {
    let old = {
        let understudies = UNDERSTUDIES.lock();
        let found = understudies.iter().find(|one| one.code == *code);
        found.map(|one| one.old.clone()).ok_or(SwapError::NoUnderstudy { code: code.start })?
    };
    let taken = change(&old, data, code)?;
    forget(code);
    // What code of the understudy's on another core has asked for meanwhile. What can't be had stays off.
    let late = change(&(0..0), &(0..0), code).unwrap_or_default();
    Ok(TakenOver { off: taken.off, on: taken.on + late.on })
}

/// `code` is no understudy any more, whether it took its place or not. Before anything else can come to lie in it.
/// Kernel only.
///
/// # Context
/// Any but interrupts.
pub fn end(_: &Authority, code: &Range<usize>) {
    forget(code);
}

fn forget(code: &Range<usize>) {
    let gone = UNDERSTUDIES.lock().extract_if(.., |one| one.code == *code).count();
    COUNT.fetch_sub(gone, Ordering::Relaxed);
}

/// If what lies at `code` is an understudy, and the event is not its own: the code whose place it is to take.
#[inline(always)]
pub(crate) fn replaces(code: usize, event: Whose<'_>) -> Option<Range<usize>> {
    if COUNT.load(Ordering::Relaxed) == 0 { None } else { find(code, event) }
}

#[cold]
fn find(code: usize, event: Whose<'_>) -> Option<Range<usize>> {
    let understudies = UNDERSTUDIES.lock();
    let is_own = |one: &Understudy| one.data.contains(&event.address) || one.code.contains(&event.code);
    let found = understudies.iter().find(|one| one.code.contains(&code) && !is_own(one));
    found.map(|one| one.old.clone())
}

/// The step, at all events that it concerns. An event is found before all are locked; what comes to be bound in between by
/// code of the old one counts as bound afterwards.
fn change(old: &Range<usize>, data: &Range<usize>, new: &Range<usize>) -> Result<TakenOver, SwapError> {
    let is_own = |event: &Desk| data.contains(&event.address()) || old.contains(&event.code());
    let is_concerned =
        |event: &Desk| event.ask(|book| book.is_due(new) || (!is_own(event) && book.is_installed(old)));
    let mut halves = BTreeMap::new();
    for event in registry::listed().iter().filter(|event| is_concerned(event)) {
        let old = if is_own(event) { 0..0 } else { old.clone() };
        halves.insert(event.address(), Half::new(event.clone(), Change::TakeOver { old, new: new.clone() }));
    }
    step(halves.values())?;
    let sum = |taken: TakenOver, half: &Half| {
        let one = half.taken_over();
        TakenOver { off: taken.off + one.off, on: taken.on + one.on }
    };
    Ok(halves.values().fold(TakenOver::default(), sum))
}

/// What understudies mean for everything bound to one event.
impl Book {
    /// Whether one that wants to be installed has to wait until its understudy takes its place.
    pub(crate) fn is_to_wait(&self, record: &Record, event: Whose<'_>) -> Result<bool, InstallError> {
        let Some(old) = replaces(record.code, event) else { return Ok(false) };
        let is_other = |default: &Arc<Record>| !old.contains(&default.code);
        if record.is_default() && self.default.as_ref().is_some_and(is_other) {
            return Err(InstallError::DefaultTaken { event: event.name.into() });
        }
        Ok(true)
    }

    /// Whether any that lies in `code` is due.
    fn is_due(&self, code: &Range<usize>) -> bool {
        let is_due = |record: &Arc<Record>| code.contains(&record.code) && self.due.contains(&record.id());
        !self.due.is_empty() && self.off.iter().any(is_due)
    }

    /// Whether any that lies in `code` is installed.
    fn is_installed(&self, code: &Range<usize>) -> bool {
        self.iter().any(|(record, state)| state == State::Installed && code.contains(&record.code))
    }

    /// Takes out for good what is installed of `old`, and installs what is due of `new`.
    ///
    /// # Errors
    /// [`InstallError`]; the book is to be thrown away then.
    pub(crate) fn take_over(
        &mut self,
        old: &Range<usize>,
        new: &Range<usize>,
        event: &str,
    ) -> Result<TakenOver, InstallError> {
        let installed = self.roll.iter().map(|(_, record)| record).chain(&self.default);
        let ids: Vec<_> =
            installed.filter(|record| old.contains(&record.code)).map(|record| record.id()).collect();
        let gone: Vec<_> = ids.into_iter().filter_map(|id| self.take_as(id, Move::Parted)).collect();
        self.vacated.extend(gone.iter().map(|record| record.slot));
        let is_next = |id: &mut BindingId| {
            self.off.iter().any(|record| record.id() == *id && new.contains(&record.code))
        };
        let due: Vec<_> = self.due.extract_if(.., is_next).collect();
        let on = due.len();
        for id in due {
            if let Some(record) = self.take_off(id) {
                self.put(record, event)?;
            }
        }
        Ok(TakenOver { off: gone.len(), on })
    }
}
