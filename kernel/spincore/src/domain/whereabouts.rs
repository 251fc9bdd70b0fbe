//! Whereabouts: which domain an address belongs to, for whoever can't wait.
//!
//! The table of domains is behind a lock; a panic and an interrupt have to know all the same. So where each domain lies is
//! kept a second time, in a snapshot.

use super::Places;
use alloc::boxed::Box;
use alloc::vec::Vec;
use spindle_domain::DomainId;
use spindle_sync::{GRACE, Lock, Snapshot};

static NOBODY: Vec<(DomainId, Places)> = Vec::new();
static KNOWN: Snapshot<Vec<(DomainId, Places)>> = Snapshot::new(&GRACE, &NOBODY);
/// Lock order: before the heap's lock. Held while `KNOWN` is replaced.
static CHANGING: Lock<()> = Lock::new(());

/// Notes where a domain lies.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(super) fn enter(id: DomainId, places: Places) {
    change(|known| known.push((id, places)));
}

/// Forgets a domain.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(super) fn leave(id: DomainId) {
    change(|known| known.retain(|(other, _)| *other != id));
}

fn change(change: impl FnOnce(&mut Vec<(DomainId, Places)>)) {
    let _changing = CHANGING.lock();
    let mut known = KNOWN.with(Vec::clone);
    change(&mut known);
    KNOWN.replace(Box::new(known));
}

/// The domain whose instructions `address` lies among.
///
/// # Context
/// Any.
pub(crate) fn running_at(address: usize) -> Option<DomainId> {
    find(|places| places.text.contains(&address))
}

/// The domain that `address` lies in, be it code, constants or variables.
///
/// # Context
/// Any.
pub(crate) fn holding(address: usize) -> Option<DomainId> {
    find(|places| places.contains(address))
}

fn find(is_it: impl Fn(&Places) -> bool) -> Option<DomainId> {
    KNOWN.with(|known| known.iter().find(|(_, places)| is_it(places)).map(|(id, _)| *id))
}
