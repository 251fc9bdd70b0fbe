//! Whereabouts: which domain an address belongs to, for whoever can't wait.
//!
//! The table of domains is behind a lock; a panic and an interrupt have to know all the same. So where each domain lies is
//! kept a second time, in a snapshot.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;
use spindle_domain::DomainId;
use spindle_sync::{GRACE, Lock, Snapshot};

/// Where a domain lies, as addresses: how it is known what is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// Its instructions.
    pub(crate) text: Range<usize>,
    /// Its constants.
    pub(crate) rodata: Range<usize>,
    /// Its variables.
    pub(crate) data: Range<usize>,
}

impl Places {
    /// Whether `address` is one of the domain's.
    pub(crate) fn contains(&self, address: usize) -> bool {
        self.text.contains(&address) || self.rodata.contains(&address) || self.data.contains(&address)
    }
}

static NOBODY: Vec<(DomainId, Places)> = Vec::new();
static KNOWN: Snapshot<Vec<(DomainId, Places)>> = Snapshot::new(&GRACE, &NOBODY);
/// Lock order: before the heap's lock. Held while `KNOWN` is replaced.
static CHANGING: Lock<()> = Lock::new(());

/// Notes where a domain lies.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(crate) fn enter(id: DomainId, places: Places) {
    change(|known| known.push((id, places)));
}

/// Forgets a domain.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(crate) fn leave(id: DomainId) {
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
