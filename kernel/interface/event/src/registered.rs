//! An event as the registry and its bindings see it: without its types. Compiled into the crate that declares it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::type_name;
use core::ops::Range;

use crate::binding::{BindingId, State};
use crate::bindings::Life;
use crate::bound::Bound;
use crate::event::Event;
use crate::install_error::InstallError;
use crate::limits::Limits;
use crate::merge::Merge;
use crate::registry::{BindingInfo, EventInfo, Registered};
use crate::swap::{Half, Staged, StagedEvent, SwapError};
use crate::trace::{Run, Trace};
use crate::trouble::Listener;

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Registered for Event<A, R, M> {
    fn info(&self) -> EventInfo {
        let bindings = self.locked().lock();
        EventInfo {
            name: Event::name(self).into(),
            arguments: type_name::<A>().into(),
            result: type_name::<R>().into(),
            merge: type_name::<M>().into(),
            address: self.address(),
            code: self.code(),
            is_traced: bindings.trace.is_some(),
            keys: self.keys().iter().map(|key| key.name()).collect(),
            bindings: bindings.iter().map(|(bound, state)| describe(bound, state)).collect(),
        }
    }

    fn name(&self) -> &str {
        Event::name(self)
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    fn code(&self) -> usize {
        self.code_of_declaration()
    }

    fn limits(&self) -> &Limits {
        self.its_limits()
    }

    fn listener(&self) -> Option<Arc<Listener>> {
        self.locked().lock().listener.clone()
    }

    fn state(&self, id: BindingId) -> State {
        self.locked().lock().state(id)
    }

    fn remove(&self, id: BindingId) -> bool {
        let mut bindings = self.locked().lock();
        let Some(bound) = bindings.take(id) else { return false };
        bindings.off.push(bound);
        self.publish(&bindings);
        true
    }

    fn put_back(&self, id: BindingId) -> Result<(), InstallError> {
        let mut bindings = self.locked().lock();
        match bindings.state(id) {
            State::Installed => return Ok(()),
            State::Quarantined => return Err(InstallError::Quarantined { binding: id }),
            State::Gone | State::Off => {}
        }
        let bound = bindings.take_off(id).ok_or(InstallError::Gone { binding: id })?;
        let outcome = bindings.put(bound.clone(), Event::name(self));
        match outcome {
            Ok(()) => self.publish(&bindings),
            Err(_) => bindings.off.push(bound.clone()),
        }
        drop(bindings);
        outcome
    }

    fn forget(&self, id: BindingId) {
        let mut bindings = self.locked().lock();
        let gone = bindings.take_off(id);
        bindings.quarantined.retain(|other| *other != id);
        drop(bindings);
        if let Some(bound) = gone {
            bound.shared.detach();
        }
    }

    fn quarantine(&self, id: BindingId) {
        let mut bindings = self.locked().lock();
        let gone = bindings.take(id);
        if gone.is_some() {
            bindings.quarantined.push(id);
            self.publish(&bindings);
        }
        drop(bindings);
    }

    fn remove_by_code(&self, code: &Range<usize>) -> usize {
        take_all(self, |bound| code.contains(&bound.code))
    }

    fn withdraw(&self) {
        self.locked().lock().life = Life::Withdrawn;
        take_all(self, |_| true);
        let mut bindings = self.locked().lock();
        // The memory this event lies in goes without its being dropped.
        let rest = core::mem::replace(&mut *bindings, crate::bindings::Bindings::new());
        bindings.life = Life::Withdrawn;
        drop(bindings);
        drop(rest);
    }

    fn trace(&self, is_on: bool) {
        let mut bindings = self.locked().lock();
        if bindings.trace.is_some() == is_on {
            return;
        }
        let trace = is_on.then(|| Arc::new(Trace::new()));
        bindings.trace.clone_from(&trace);
        let ids: Vec<BindingId> = bindings.iter().map(|(bound, _)| bound.shared.id).collect();
        let change = |bound: &mut Bound<A, R, M>| bound.trace.clone_from(&trace);
        let old: Vec<_> = ids.into_iter().filter_map(|id| bindings.change(id, change)).collect();
        self.publish(&bindings);
        drop(bindings);
        drop(old);
    }

    fn runs(&self) -> Vec<Run> {
        let trace = self.locked().lock().trace.clone();
        trace.map_or_else(Vec::new, |trace| trace.read())
    }

    fn stage(&self, swap: &Half<'_>) -> Result<Box<dyn Staged + '_>, SwapError> {
        Ok(Box::new(StagedEvent::new(self, swap)?))
    }
}

fn describe<A: ?Sized, R, M: Merge<R>>(bound: &Bound<A, R, M>, state: State) -> BindingInfo {
    BindingInfo {
        id: bound.shared.id,
        code: bound.code,
        has_guard: bound.has_guard(),
        is_default: bound.is_default,
        is_filter: bound.is_filter(),
        state,
        rank: bound.wish.rank,
        keys: bound.terms.keys.iter().map(|(key, pattern)| (key.name(), pattern.clone())).collect(),
        imposed: bound.terms.imposed.len(),
        budget: bound.terms.budget,
        placement: bound.terms.later.map(|later| later.placement),
        counted: bound.counts.read(),
    }
}

/// Takes off every binding that `is_going`, in one step and for good, and says how many there were.
fn take_all<A: ?Sized, R, M: Merge<R>>(
    event: &Event<A, R, M>,
    is_going: impl Fn(&Bound<A, R, M>) -> bool,
) -> usize {
    let mut bindings = event.locked().lock();
    let gone = bindings.take_all(is_going);
    if !gone.is_empty() {
        event.publish(&bindings);
    }
    // What a binding holds may be dropped with it: code of its installer, which must not run under our lock.
    drop(bindings);
    gone.iter().for_each(|bound| bound.shared.detach());
    gone.len()
}
