//! Record: what there is to know of a binding without knowing its event's types.
//!
//! It is never changed: other terms make another record of the same name and slot. All bookkeeping is done with records,
//! so it is compiled once and not for every type of event; only what calls a handler is.

use alloc::sync::Arc;
use alloc::vec::Vec;

use spindle_sync::this_core;

use crate::binding::{BindingId, Shared, State};
use crate::budget::Budget;
use crate::caught::Frames;
use crate::counts::Counts;
use crate::order::Wish;
use crate::pattern::Pattern;
use crate::placement::Placement;
use crate::registry::BindingInfo;
use crate::share::Share;
use crate::trace::Trace;

/// Where an event keeps the typed side of a binding.
pub(crate) type Slot = u32;

/// A binding, without its types.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) shared: Arc<Shared>,
    pub(crate) slot: Slot,
    /// Where the handler's compiled code is: whose binding this is.
    pub(crate) code: usize,
    /// How its calls are recognised on a stack.
    pub(crate) frames: Frames,
    pub(crate) kind: Kind,
    pub(crate) has_guard: bool,
    pub(crate) wish: Wish<BindingId>,
    /// For which values of which keys it is meant. It is found by the first, and asked about the others.
    pub(crate) keys: Vec<Meant>,
    /// Where the code lies of guards that others have put before it.
    pub(crate) imposed: Vec<usize>,
    pub(crate) budget: Option<Budget>,
    /// What its domain may have of the cores, if that is limited.
    pub(crate) share: Option<Arc<Share>>,
    /// Where it runs, if later.
    pub(crate) placement: Option<Placement>,
    pub(crate) counts: Arc<Counts>,
    /// Where its runs are noted, while somebody traces the event.
    pub(crate) trace: Option<Arc<Trace>>,
}

/// What a binding does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Handler,
    /// Runs only when no other handler ran.
    Default,
    /// Changes the arguments that later handlers see.
    Filter,
}

/// A key, by its address and name, and the values of it that are meant.
#[derive(Clone)]
pub(crate) struct Meant {
    pub(crate) key: usize,
    pub(crate) name: &'static str,
    pub(crate) pattern: Pattern,
}

impl Record {
    /// To be shared. On the kernel's heap, whoever installs: it is followed when that one does not work any more.
    #[inline(never)]
    pub(crate) fn kept(self) -> Arc<Self> {
        Arc::new(self)
    }

    pub(crate) fn id(&self) -> BindingId {
        self.shared.id
    }

    pub(crate) fn is_default(&self) -> bool {
        self.kind == Kind::Default
    }

    pub(crate) fn is_filter(&self) -> bool {
        self.kind == Kind::Filter
    }

    /// Whether foreign code runs before its handler does.
    pub(crate) fn is_guarded(&self) -> bool {
        self.has_guard || !self.imposed.is_empty()
    }

    /// Whether it is more than a guard and a handler; the first key is the index's business.
    pub(crate) fn is_careful(&self) -> bool {
        self.keys.len() > 1
            || !self.imposed.is_empty()
            || self.budget.is_some()
            || self.share.is_some()
            || self.placement.is_some()
            || self.trace.is_some()
    }

    /// Whether it runs at each raise, in the raiser, whoever else does, and nothing holds it.
    pub(crate) fn is_plain(&self) -> bool {
        !self.is_careful() && !self.has_guard && self.keys.is_empty() && !self.is_filter()
    }

    /// Whether it runs at each raise, in the raiser, and is held to a budget.
    pub(crate) fn is_limited(&self) -> bool {
        self.budget.is_some()
            && self.share.is_none()
            && self.placement.is_none()
            && self.keys.is_empty()
            && self.trace.is_none()
            && !self.is_guarded()
            && !self.is_filter()
    }

    /// How long its handler may take, in ticks.
    #[inline(never)]
    pub(crate) fn ticks(&self) -> u64 {
        let part = self.share.as_ref().map_or(u64::MAX, |share| share.part());
        self.budget.map_or(u64::MAX, Budget::ticks).min(part)
    }

    /// What `guard`, which is the binding's own, says. Its domain is charged for it, and it is not asked when there is nothing left of the
    /// share of this core.
    #[inline]
    pub(crate) fn asks(&self, guard: impl FnOnce() -> bool) -> bool {
        let Some(share) = &self.share else { return guard() };
        if !share.may_begin(self.code) {
            return false;
        }
        let since = this_core::ticks();
        let holds = guard();
        share.charge(this_core::ticks().wrapping_sub(since));
        holds
    }

    /// Whether its domain has something left of its share of this core.
    pub(crate) fn may_begin(&self) -> bool {
        self.share.as_ref().is_none_or(|share| share.may_begin(self.code))
    }

    pub(crate) fn describe(&self, state: State) -> BindingInfo {
        BindingInfo {
            id: self.id(),
            code: self.code,
            has_guard: self.has_guard,
            is_default: self.is_default(),
            is_filter: self.is_filter(),
            state,
            rank: self.wish.rank,
            keys: self.keys.iter().map(|meant| (meant.name, meant.pattern.clone())).collect(),
            imposed: self.imposed.len(),
            budget: self.budget,
            placement: self.placement,
            counted: self.counts.read(),
        }
    }
}

#[cfg(test)]
impl Record {
    /// One more record with nothing to it.
    pub(crate) fn plain() -> Self {
        Self {
            shared: Shared::new(),
            slot: 0,
            code: 0,
            frames: Frames::default(),
            kind: Kind::Handler,
            has_guard: false,
            wish: Wish::default(),
            keys: Vec::new(),
            imposed: Vec::new(),
            budget: None,
            share: None,
            placement: None,
            counts: Arc::new(Counts::default()),
            trace: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;

    use spindle_sync::{GRACE, this_core};

    use super::Record;
    use crate::share::Share;

    #[test]
    fn a_guard_is_asked_until_its_domain_has_had_its_share() {
        let _core = GRACE.register_thread();
        let share = Arc::new(Share::new(50));
        let record = Record { share: Some(share.clone()), ..Record::plain() };
        assert!(record.asks(|| true) && !record.asks(|| false));
        // More than can pass until it is asked again.
        share.charge(this_core::ticks_per_second() * 1000);
        assert!(!record.asks(|| unreachable!("it is not to be asked")));
        assert!(Record::plain().asks(|| true));
    }
}
