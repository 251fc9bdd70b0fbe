//! Lookup: who a raise concerns: those who are asked at every raise, and those who are found by a key.
//!
//! Persistent: tables share it, and a change copies little of it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::index::{Index, Quick, Slotted};
use crate::record::{Record, Slot};
use crate::roll::Roll;
use crate::stretch::Stretches;

/// What an index finds.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) slot: Slot,
    pub(crate) record: Arc<Record>,
}

impl Slotted for Found {
    fn slot(&self) -> Slot {
        self.slot
    }
}

/// Bindings by one key.
#[derive(Clone)]
pub(crate) struct ByKey {
    /// The key's address.
    pub(crate) key: usize,
    pub(crate) index: Index<Found>,
}

/// Everybody who is installed, as raises come to them.
#[derive(Clone)]
pub(crate) struct Lookup {
    /// Who is asked at every raise.
    pub(crate) rest: Stretches,
    /// Who is found by a key.
    pub(crate) by_key: Vec<ByKey>,
    /// How many have a guard, and how many are filters.
    pub(crate) guarded: usize,
    pub(crate) filters: usize,
}

/// What a table has of a lookup: its own version, which does not change.
pub(crate) struct Finder {
    /// An index for each key.
    pub(crate) by: Box<[Index<Found>]>,
    pub(crate) rest: Stretches,
}

impl Finder {
    pub(crate) fn of(lookup: &Lookup) -> Arc<Self> {
        let by = lookup.by_key.iter().map(|one| one.index.clone()).collect();
        Arc::new(Self { by, rest: lookup.rest.clone() })
    }

    /// The only index, to be looked up in quickly; none if there are several, or it has spans.
    #[inline(never)]
    pub(crate) fn quick(&self) -> Option<Quick<Found>> {
        match &*self.by {
            [only] => only.quick(),
            _ => None,
        }
    }
}

impl Lookup {
    pub(crate) fn new() -> Self {
        Self { rest: Stretches::new(), by_key: Vec::new(), guarded: 0, filters: 0 }
    }

    /// That of everybody on the roll.
    pub(crate) fn of(roll: &Roll) -> Self {
        let unkeyed = roll.iter().filter(|(_, record)| record.keys.is_empty());
        let rest = Stretches::of(unkeyed.map(|(label, record)| (label, record.clone())));
        let guarded = roll.iter().filter(|(_, record)| record.is_guarded()).count();
        let filters = roll.iter().filter(|(_, record)| record.is_filter()).count();
        // An event has few keys.
        let mut keys: Vec<usize> = Vec::new();
        for key in roll.iter().filter_map(|(_, record)| Some(record.keys.first()?.key)) {
            if !keys.contains(&key) {
                keys.extend([key]);
            }
        }
        let by = |key| {
            roll.iter().filter_map(move |(label, record)| {
                let meant = record.keys.first().filter(|meant| meant.key == key)?;
                Some((label, &meant.pattern, Found { slot: record.slot, record: record.clone() }))
            })
        };
        let by_key: Vec<ByKey> =
            keys.into_iter().map(|key| ByKey { key, index: Index::rebuild(by(key)) }).collect();
        Self { rest, by_key, guarded, filters }
    }

    pub(crate) fn enter(&mut self, label: u64, record: &Arc<Record>) {
        self.guarded += usize::from(record.is_guarded());
        self.filters += usize::from(record.is_filter());
        let Some(meant) = record.keys.first() else {
            self.rest = self.rest.with(label, record.clone());
            return;
        };
        let found = Found { slot: record.slot, record: record.clone() };
        match self.by_key.iter_mut().find(|one| one.key == meant.key) {
            Some(one) => one.index = one.index.insert(label, &meant.pattern, found),
            None => {
                let index = Index::new().insert(label, &meant.pattern, found);
                self.by_key.push(ByKey { key: meant.key, index });
            }
        }
    }

    pub(crate) fn leave(&mut self, label: u64, record: &Record) {
        self.guarded -= usize::from(record.is_guarded());
        self.filters -= usize::from(record.is_filter());
        let Some(meant) = record.keys.first() else {
            self.rest = self.rest.without(label);
            return;
        };
        for one in self.by_key.iter_mut().filter(|one| one.key == meant.key) {
            one.index = one.index.remove(label, &meant.pattern);
        }
        self.by_key.retain(|one| !one.index.is_empty());
    }
}
