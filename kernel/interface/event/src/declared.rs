//! Declared: what the declaration of an event says, on its way to the event's desk.

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

/// What an event's declaration says, and what was made of its types.
pub(crate) struct Declared {
    pub(crate) name: &'static str,
    pub(crate) address: usize,
    pub(crate) code: usize,
    pub(crate) limits: Limits,
    /// Names: of the arguments', the result's and the merge's.
    pub(crate) types: [&'static str; 3],
    /// Address and name of each key.
    pub(crate) keys: [Option<(usize, &'static str)>; MAX_KEYS],
    pub(crate) policy: Policy,
    pub(crate) placement: Option<Placement>,
    pub(crate) mark: &'static AtomicU8,
    pub(crate) has_room: fn() -> bool,
    pub(crate) typed: Box<dyn Typed>,
}

/// Makes a desk of it, and enters it into the registry unless the event is withdrawn. On the kernel's heap, so not compiled elsewhere.
#[inline(never)]
pub(crate) fn enter(declared: Declared) -> Arc<Desk> {
    let Declared { name, address, code, limits, types, keys, policy, placement, mark, has_room, typed } =
        declared;
    let [arguments, result, merge] = types;
    let keys = || keys.into_iter().flatten();
    let types = Types { arguments, result, merge, keys: keys().map(|(_, name)| name).collect() };
    let shape = Shape {
        keys: keys().map(|(address, _)| address).collect(),
        guard_ticks: limits.guard.ticks(),
    };
    let declaration = Declaration { name: name.into(), address, code, limits, types, has_room };
    // Relaxed: see where it is set.
    if mark.load(Ordering::Relaxed) != 0 {
        return Desk::new(declaration, None);
    }
    let (slots, authorizer, waiting) = (Slots::new(), None, None);
    let side = Side { slots, shape, placement, policy, authorizer, waiting, mark, typed };
    registry::enter(Desk::new(declaration, Some(side)))
}
