//! Declared: what the declaration of an event says, and how that gets to the event's desk.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU8, Ordering};

use crate::ask::Policy;
use crate::desk::{Declaration, Desk, Types};
use crate::keyed::MAX_KEYS;
use crate::limits::Limits;
use crate::placement::Placement;
use crate::registry;
use crate::side::Side;
use crate::slots::{Shape, Slots};
use crate::typed::Typed;

/// What an event's declaration says that has none of its types in it. The desk has a copy, which counts.
pub(crate) struct Declared {
    pub(crate) name: &'static str,
    pub(crate) limits: Limits,
    /// Where all handlers run that do not say it themselves, if later.
    pub(crate) placement: Option<Placement>,
    /// Not zero once the event is withdrawn.
    withdrawn: AtomicU8,
}

/// Where an event lies, and what its declaration has made of its types.
pub(crate) struct Here {
    pub(crate) address: usize,
    pub(crate) code: usize,
    /// Names: of the arguments', the result's and the merge's.
    pub(crate) types: [&'static str; 3],
    /// Address and name of each key.
    pub(crate) keys: [Option<(usize, &'static str)>; MAX_KEYS],
    pub(crate) policy: Policy,
    pub(crate) has_room: fn() -> bool,
    pub(crate) typed: Box<dyn Typed>,
}

impl Declared {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, limits: Limits::DEFAULT, placement: None, withdrawn: AtomicU8::new(0) }
    }

    /// Makes a desk of it, and enters that into the registry unless the event is withdrawn. On the kernel's heap, so not compiled elsewhere.
    #[inline(never)]
    pub(crate) fn enter(&'static self, here: Here) -> Arc<Desk> {
        let Here { address, code, types, keys, policy, has_room, typed } = here;
        let (limits, placement, mark) = (self.limits, self.placement, &self.withdrawn);
        let [arguments, result, merge] = types;
        let keys = || keys.into_iter().flatten();
        let types = Types { arguments, result, merge, keys: keys().map(|(_, name)| name).collect() };
        let keys = keys().map(|(address, _)| address).collect();
        let shape = Shape { keys, guard_ticks: limits.guard.ticks() };
        let declaration = Declaration { name: self.name.into(), address, code, limits, types, has_room };
        // Relaxed: see where it is set.
        if mark.load(Ordering::Relaxed) != 0 {
            return Desk::new(declaration, None);
        }
        let (slots, authorizer, waiting) = (Slots::new(), None, None);
        let side = Side { slots, shape, placement, policy, authorizer, waiting, mark, typed };
        registry::enter(Desk::new(declaration, Some(side)))
    }
}
