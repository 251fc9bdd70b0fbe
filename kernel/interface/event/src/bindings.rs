//! Bindings: everything bound to one event, and what follows for its tables.
//!
//! Lies under the event's lock. What a change puts away is handed back, so that it is dropped without the lock: it can be
//! code of its installer.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::ask::{Ask, Verdict};
use crate::binding::{BindingId, State};
use crate::bound::Bound;
use crate::dispatch::{Parts, Table};
use crate::install_error::InstallError;
use crate::merge::Merge;
use crate::order::Disorder;
use crate::roll::{Change, Roll};
use crate::trace::Trace;
use crate::trouble::Listener;

/// Whether the registry knows the event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Unlisted,
    Listed,
    Withdrawn,
}

/// Decides who may install.
pub(crate) type Authorizer<A> = dyn Fn(&Ask<'_, A>) -> Verdict<A> + Send + Sync;

/// Everything bound to one event.
pub(crate) struct Bindings<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) roll: Roll<Bound<A, R, M>>,
    pub(crate) default: Option<Arc<Bound<A, R, M>>>,
    /// Those that are not installed.
    pub(crate) off: Vec<Arc<Bound<A, R, M>>>,
    /// Names of those that were uninstalled for good and are not forgotten yet.
    pub(crate) quarantined: Vec<BindingId>,
    parts: Parts<A, R, M>,
    pub(crate) authorizer: Option<Arc<Authorizer<A>>>,
    pub(crate) listener: Option<Arc<Listener>>,
    pub(crate) trace: Option<Arc<Trace>>,
    pub(crate) life: Life,
}

impl<A: ?Sized, R, M: Merge<R>> Clone for Bindings<A, R, M> {
    fn clone(&self) -> Self {
        Self {
            roll: self.roll.clone(),
            default: self.default.clone(),
            off: self.off.clone(),
            quarantined: self.quarantined.clone(),
            parts: self.parts.clone(),
            authorizer: self.authorizer.clone(),
            listener: self.listener.clone(),
            trace: self.trace.clone(),
            life: self.life,
        }
    }
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Bindings<A, R, M> {
    pub(crate) const fn new() -> Self {
        Self {
            roll: Roll::new(),
            default: None,
            off: Vec::new(),
            quarantined: Vec::new(),
            parts: Parts::new(),
            authorizer: None,
            listener: None,
            trace: None,
            life: Life::Unlisted,
        }
    }

    /// How many bindings there are, installed or not.
    pub(crate) fn len(&self) -> usize {
        self.roll.len() + self.off.len() + usize::from(self.default.is_some())
    }

    /// The table that raises are to see; none if nothing is bound.
    pub(crate) fn table(&self, guard_ticks: u64) -> Option<Box<Table<A, R, M>>> {
        Table::build(&self.roll, &self.parts, self.default.as_ref(), guard_ticks).map(Box::new)
    }

    pub(crate) fn state(&self, id: BindingId) -> State {
        let is_it = |bound: &Arc<Bound<A, R, M>>| bound.shared.id == id;
        if self.roll.get(id).is_some() || self.default.as_ref().is_some_and(is_it) {
            State::Installed
        } else if self.off.iter().any(is_it) {
            State::Off
        } else if self.quarantined.contains(&id) {
            State::Quarantined
        } else {
            State::Gone
        }
    }

    /// Installs.
    pub(crate) fn put(&mut self, bound: Arc<Bound<A, R, M>>, event: &str) -> Result<(), InstallError> {
        let bound = match (&self.trace, &bound.trace) {
            (None, None) => bound,
            (trace, _) => Arc::new(Bound { trace: trace.clone(), ..(*bound).clone() }),
        };
        if bound.is_default {
            if self.default.is_some() {
                return Err(InstallError::DefaultTaken { event: event.into() });
            }
            self.default = Some(bound);
            return Ok(());
        }
        let id = bound.shared.id;
        let change = self.roll.enter(bound.clone()).map_err(|disorder| self.refusal(disorder, id, event))?;
        match change {
            Change::At(label) => self.parts.enter(label, &bound),
            Change::All => self.parts = Parts::of(&self.roll),
        }
        Ok(())
    }

    fn refusal(&self, disorder: Disorder<BindingId>, newcomer: BindingId, event: &str) -> InstallError {
        let event = event.into();
        match disorder {
            Disorder::Missing(anchor)
                if self.default.as_ref().is_some_and(|default| default.shared.id == anchor) =>
            {
                InstallError::AnchorIsDefault { event, anchor }
            }
            Disorder::Missing(anchor) => InstallError::AnchorGone { event, anchor },
            Disorder::Cycle(mut cycle) => {
                cycle.insert(0, newcomer);
                InstallError::Cycle { event, cycle }
            }
        }
    }

    /// Uninstalls.
    pub(crate) fn take(&mut self, id: BindingId) -> Option<Arc<Bound<A, R, M>>> {
        if let Some(default) = self.default.take_if(|default| default.shared.id == id) {
            return Some(default);
        }
        let (label, bound) = self.roll.remove(id)?;
        self.parts.leave(label, &bound);
        Some(bound)
    }

    /// Takes out one that is not installed.
    pub(crate) fn take_off(&mut self, id: BindingId) -> Option<Arc<Bound<A, R, M>>> {
        let at = self.off.iter().position(|bound| bound.shared.id == id)?;
        Some(self.off.swap_remove(at))
    }

    /// Takes out all that `is_going`, installed or not.
    pub(crate) fn take_all(&mut self, is_going: impl Fn(&Bound<A, R, M>) -> bool) -> Vec<Arc<Bound<A, R, M>>> {
        let ids: Vec<BindingId> = self
            .roll
            .iter()
            .map(|(_, bound)| bound)
            .chain(&self.default)
            .filter(|bound| is_going(bound))
            .map(|bound| bound.shared.id)
            .collect();
        let mut gone: Vec<_> = ids.into_iter().filter_map(|id| self.take(id)).collect();
        gone.extend(self.off.extract_if(.., |bound| is_going(bound)));
        gone
    }

    /// Puts what `change` makes of a binding in its place; says what it put away, and whether raises reach it.
    pub(crate) fn change(
        &mut self,
        id: BindingId,
        change: impl FnOnce(&mut Bound<A, R, M>),
    ) -> Option<(Arc<Bound<A, R, M>>, bool)> {
        let remake = |bound: &Arc<Bound<A, R, M>>| {
            let mut copy = (**bound).clone();
            change(&mut copy);
            Arc::new(copy)
        };
        if let Some(bound) = self.off.iter_mut().chain(&mut self.default).find(|bound| bound.shared.id == id) {
            let new = remake(bound);
            let is_default = new.is_default;
            return Some((core::mem::replace(bound, new), is_default));
        }
        let new = remake(self.roll.get(id)?.1);
        let (label, old) = self.roll.exchange(new.clone())?;
        self.parts.leave(label, &old);
        self.parts.enter(label, &new);
        Some((old, true))
    }

    /// Everybody: installed, default, off.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<Bound<A, R, M>>, State)> {
        let installed = self.roll.iter().map(|(_, bound)| bound).chain(&self.default);
        let installed = installed.map(|bound| (bound, State::Installed));
        installed.chain(self.off.iter().map(|bound| (bound, State::Off)))
    }
}
