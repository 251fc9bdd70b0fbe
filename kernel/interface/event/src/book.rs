//! Book: everything bound to one event, without its types.
//!
//! Lies on the event's desk, under its lock, beside the typed side. A change of the book notes which slots of the typed side
//! have to follow; the desk sees to that. Persistent where tables share it, so that a change costs about the same
//! however many bindings there are; only order constraints make it look at all of them.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::binding::{BindingId, Shared, State};
use crate::gone;
use crate::install_error::InstallError;
use crate::limits::Limits;
use crate::lookup::Lookup;
use crate::order::Disorder;
use crate::record::{Record, Slot};
use crate::registry::BindingInfo;
use crate::roll::{Change, Roll};
use crate::trace::Trace;
use crate::understudy;

/// How many bindings that were uninstalled for good are kept when nobody holds them.
const SHOWN: usize = 16;

/// Everything bound to one event.
pub(crate) struct Book {
    pub(crate) roll: Roll,
    pub(crate) default: Option<Arc<Record>>,
    /// Those that are not installed.
    pub(crate) off: Vec<Arc<Record>>,
    /// Which of those come on when their understudy takes its place, in the order in which they asked.
    pub(crate) due: Vec<BindingId>,
    /// Those that were uninstalled for good and are not forgotten yet. Their slots are others' by now.
    pub(crate) quarantined: Vec<Arc<Record>>,
    pub(crate) lookup: Lookup,
    pub(crate) trace: Option<Arc<Trace>>,
    /// Slots whose record is another one now, and slots whose binding is gone.
    pub(crate) changed: Vec<Arc<Record>>,
    pub(crate) vacated: Vec<Slot>,
    /// Who has come and who has gone, since raises were last told.
    moved: Vec<(Arc<Shared>, Move)>,
}

/// Which event a book is of.
#[derive(Clone, Copy)]
pub(crate) struct Whose<'a> {
    pub(crate) name: &'a str,
    /// Where the event lies, and where the code of its declaration does.
    pub(crate) address: usize,
    pub(crate) code: usize,
}

/// What has become of one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// It was installed.
    Came,
    /// It was taken off.
    Left,
    /// Another has taken its place; what was sent to it still runs.
    Parted,
}

impl Clone for Book {
    // Written out, so that it is compiled here and not into every crate that declares an event.
    #[inline(never)]
    fn clone(&self) -> Self {
        Self {
            roll: self.roll.clone(),
            default: self.default.clone(),
            off: self.off.clone(),
            due: self.due.clone(),
            quarantined: self.quarantined.clone(),
            lookup: self.lookup.clone(),
            trace: self.trace.clone(),
            changed: self.changed.clone(),
            vacated: self.vacated.clone(),
            moved: self.moved.clone(),
        }
    }
}

impl Book {
    pub(crate) fn new() -> Self {
        Self {
            roll: Roll::new(),
            default: None,
            off: Vec::new(),
            due: Vec::new(),
            quarantined: Vec::new(),
            lookup: Lookup::new(),
            trace: None,
            changed: Vec::new(),
            vacated: Vec::new(),
            moved: Vec::new(),
        }
    }

    /// How many bindings there are, installed or not.
    pub(crate) fn len(&self) -> usize {
        self.roll.len() + self.off.len() + usize::from(self.default.is_some())
    }

    /// Everybody: installed, default, off.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<Record>, State)> {
        let installed = self.roll.iter().map(|(_, record)| record).chain(&self.default);
        let installed = installed.map(|record| (record, State::Installed));
        installed.chain(self.off.iter().map(|record| (record, State::Off)))
    }

    /// Everybody whose handler can be running: those uninstalled for good too.
    pub(crate) fn records(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.iter().map(|(record, _)| record).chain(&self.quarantined)
    }

    /// Everybody there is something to say about: those uninstalled for good come last.
    pub(crate) fn describe(&self) -> Vec<BindingInfo> {
        let quarantined = self.quarantined.iter().map(|record| (record, State::Quarantined));
        self.iter().chain(quarantined).map(|(record, state)| record.describe(state)).collect()
    }

    pub(crate) fn state(&self, id: BindingId) -> State {
        let is_it = |record: &Arc<Record>| record.id() == id;
        if self.roll.get(id).is_some() || self.default.as_ref().is_some_and(is_it) {
            State::Installed
        } else if self.off.iter().any(is_it) {
            State::Off
        } else if self.quarantined.iter().any(is_it) {
            State::Quarantined
        } else {
            State::Gone
        }
    }

    /// Whether one more binding, whose code lies at `code`, may come. Those whose place it is to take leave when it comes on, so
    /// they don't count: what there is without them never exceeds the limit.
    pub(crate) fn has_room(
        &self,
        code: usize,
        event: Whose<'_>,
        limits: &Limits,
    ) -> Result<(), InstallError> {
        let leave = understudy::replaces(code, event)
            .map_or(0, |old| self.iter().filter(|(record, _)| old.contains(&record.code)).count());
        if self.len() - leave >= limits.bindings {
            return Err(InstallError::TooMany { event: event.name.into(), limit: limits.bindings });
        }
        Ok(())
    }

    /// Whether the typed side has to follow.
    pub(crate) fn is_to_be_followed(&self) -> bool {
        !self.changed.is_empty() || !self.vacated.is_empty()
    }

    /// Takes in one that is new, and installs it if it is to be `at_once`; says whether it has. That of an understudy is due
    /// instead.
    pub(crate) fn admit(
        &mut self,
        record: Arc<Record>,
        at_once: bool,
        event: Whose<'_>,
    ) -> Result<bool, InstallError> {
        if at_once && !self.is_to_wait(&record, event)? {
            return self.put(record, event.name).map(|()| true);
        }
        if at_once {
            self.due.extend([record.id()]);
        }
        self.off.push(record);
        Ok(false)
    }

    /// Installs.
    pub(crate) fn put(&mut self, record: Arc<Record>, event: &str) -> Result<(), InstallError> {
        if record.is_default() {
            if self.default.is_some() {
                return Err(InstallError::DefaultTaken { event: event.into() });
            }
            self.moved.push((record.shared.clone(), Move::Came));
            self.default = Some(record);
            return Ok(());
        }
        let id = record.id();
        let change = self.roll.enter(record.clone()).map_err(|disorder| self.refusal(disorder, id, event))?;
        self.moved.push((record.shared.clone(), Move::Came));
        match change {
            Change::At(label) => self.lookup.enter(label, &record),
            Change::All => self.lookup = Lookup::of(&self.roll),
        }
        Ok(())
    }

    fn refusal(&self, disorder: Disorder<BindingId>, newcomer: BindingId, event: &str) -> InstallError {
        let event = event.into();
        match disorder {
            Disorder::Missing(anchor)
                if self.default.as_ref().is_some_and(|default| default.id() == anchor) =>
            {
                InstallError::AnchorIsDefault { event, anchor }
            }
            Disorder::Missing(anchor) => InstallError::AnchorGone { event, anchor },
            Disorder::Cycle(cycle) => {
                let cycle = [newcomer].into_iter().chain(cycle).collect();
                InstallError::Cycle { event, cycle }
            }
        }
    }

    /// Uninstalls. One that is due is no more.
    pub(crate) fn take(&mut self, id: BindingId) -> Option<Arc<Record>> {
        self.due.retain(|due| *due != id);
        self.take_as(id, Move::Left)
    }

    /// Uninstalls one that is installed.
    pub(crate) fn take_as(&mut self, id: BindingId, how: Move) -> Option<Arc<Record>> {
        if let Some(default) = self.default.take_if(|default| default.id() == id) {
            self.moved.push((default.shared.clone(), how));
            return Some(default);
        }
        let (label, record) = self.roll.remove(id)?;
        self.moved.push((record.shared.clone(), how));
        self.lookup.leave(label, &record);
        Some(record)
    }

    /// Has it count who has come: raises are about to be told.
    pub(crate) fn settle_arrivals(&self) {
        let came = self.moved.iter().filter(|(_, how)| *how == Move::Came);
        came.for_each(|(shared, _)| shared.set_reached(true));
    }

    /// Has it count who has come and who has gone: raises have been told.
    pub(crate) fn settle(&mut self) {
        let moved = core::mem::take(&mut self.moved);
        moved.iter().for_each(|(shared, how)| match how {
            Move::Came | Move::Left => shared.set_reached(*how == Move::Came),
            Move::Parted => shared.part(),
        });
    }

    /// Takes out one that is not installed.
    pub(crate) fn take_off(&mut self, id: BindingId) -> Option<Arc<Record>> {
        let at = self.off.iter().position(|record| record.id() == id)?;
        self.due.retain(|due| *due != id);
        Some(self.off.swap_remove(at))
    }

    /// Installs one that is off; it stays off if it can't be installed. That of an understudy is due from then on.
    pub(crate) fn put_back(&mut self, id: BindingId, event: Whose<'_>) -> Result<(), InstallError> {
        match self.state(id) {
            State::Installed => return Ok(()),
            State::Quarantined => return Err(InstallError::Quarantined { binding: id }),
            State::Gone | State::Off => {}
        }
        let gone = InstallError::Gone { binding: id };
        let record = self.off.iter().find(|record| record.id() == id).ok_or(gone.clone())?;
        if self.is_to_wait(record, event)? {
            if !self.due.contains(&id) {
                self.due.extend([id]);
            }
            return Ok(());
        }
        let record = self.take_off(id).ok_or(gone)?;
        self.put(record.clone(), event.name).inspect_err(|_| self.off.push(record))
    }

    /// Takes out all whose code `is_going`, installed or not, for good; says how many there were. A handler without the
    /// guard that was put before it is not to run, so it goes with that.
    pub(crate) fn take_all(&mut self, is_going: &dyn Fn(usize) -> bool) -> usize {
        let goes =
            |record: &Arc<Record>| is_going(record.code) || record.imposed.iter().any(|code| is_going(*code));
        let installed = self.roll.iter().map(|(_, record)| record).chain(&self.default);
        let ids: Vec<_> = installed.filter(|record| goes(record)).map(|record| record.id()).collect();
        let mut gone: Vec<_> = ids.into_iter().filter_map(|id| self.take(id)).collect();
        gone.extend(self.off.extract_if(.., |record| goes(record)));
        for record in &gone {
            self.due.retain(|due| *due != record.id());
            self.vacated.extend([record.slot]);
        }
        let count = gone.len();
        gone.extend(self.quarantined.extract_if(.., |record| is_going(record.code)));
        gone::let_go(&gone);
        count
    }

    /// Forgets one that is neither installed nor due.
    pub(crate) fn forget(&mut self, id: BindingId) {
        if self.due.contains(&id) {
            return;
        }
        let mut gone = Vec::new();
        if let Some(record) = self.take_off(id) {
            self.vacated.extend([record.slot]);
            gone.push(record);
        }
        gone.extend(self.quarantined.extract_if(.., |record| record.id() == id));
        gone::let_go(&gone);
    }

    /// Uninstalls for good; whether it was installed.
    pub(crate) fn quarantine(&mut self, id: BindingId) -> bool {
        let Some(record) = self.take(id) else { return false };
        self.vacated.extend([record.slot]);
        record.shared.discharge();
        // One whose holder is gone is kept to be shown. But somebody may bind and fail for ever.
        if self.quarantined.len() >= SHOWN {
            let is_held = |record: &Arc<Record>| Arc::strong_count(&record.shared) > 1;
            if let Some(oldest) = self.quarantined.iter().position(|record| !is_held(record)) {
                gone::let_go(&[self.quarantined.remove(oldest)]);
            }
        }
        self.quarantined.push(Arc::new(Record { trace: None, ..(*record).clone() }));
        true
    }

    /// Puts what `change` makes of a record in its place; false if there is none of that name.
    pub(crate) fn change(&mut self, id: BindingId, change: &dyn Fn(&mut Record)) -> bool {
        let remake = |record: &Arc<Record>| {
            let mut copy = (**record).clone();
            change(&mut copy);
            Arc::new(copy)
        };
        let mut apart = self.off.iter_mut().chain(&mut self.default);
        let new = if let Some(record) = apart.find(|record| record.id() == id) {
            let new = remake(record);
            record.clone_from(&new);
            new
        } else {
            let Some((_, record)) = self.roll.get(id) else { return false };
            let new = remake(record);
            let Some((label, old)) = self.roll.exchange(new.clone()) else { return false };
            self.lookup.leave(label, &old);
            self.lookup.enter(label, &new);
            new
        };
        self.changed.push(new);
        true
    }

    /// Begins or ends to note what everybody does.
    pub(crate) fn set_trace(&mut self, is_on: bool) {
        if self.trace.is_some() == is_on {
            return;
        }
        let trace = is_on.then(|| Arc::new(Trace::new()));
        self.trace.clone_from(&trace);
        let ids: Vec<BindingId> = self.iter().map(|(record, _)| record.id()).collect();
        for id in ids {
            self.change(id, &|record| record.trace.clone_from(&trace));
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec::Vec;

    use super::{Book, SHOWN, State};
    use crate::record::Record;

    #[test]
    fn one_uninstalled_for_good_is_listed_until_it_is_forgotten() {
        let (mut book, stays, goes) = (Book::new(), Arc::new(Record::plain()), Arc::new(Record::plain()));
        for record in [&goes, &stays] {
            book.put(record.clone(), "tests").expect("a place");
        }
        assert!(book.quarantine(goes.id()) && !book.quarantine(goes.id()));
        let listed =
            |book: &Book| book.describe().into_iter().map(|info| (info.id, info.state)).collect::<Vec<_>>();
        assert_eq!(listed(&book), [(stays.id(), State::Installed), (goes.id(), State::Quarantined)]);
        book.forget(goes.id());
        assert_eq!(listed(&book), [(stays.id(), State::Installed)]);
        assert_eq!(book.state(goes.id()), State::Gone);
    }

    #[test]
    fn those_uninstalled_for_good_are_not_kept_without_end() {
        let (mut book, held) = (Book::new(), Arc::new(Record::plain()));
        book.put(held.clone(), "tests").expect("a place");
        book.quarantine(held.id());
        for _ in 0..3 * SHOWN {
            let record = Record::plain();
            let id = record.id();
            book.put(Arc::new(record), "tests").expect("a place");
            book.quarantine(id);
            // As when raises are told.
            book.settle();
        }
        assert_eq!(book.quarantined.len(), SHOWN);
        assert_eq!(book.state(held.id()), State::Quarantined);
    }
}
