//! Unit: an object in its place, as a domain.

use super::draft::table_pages;
use super::means::Means;
use crate::whereabouts::Places;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use spindle_domain::{DomainId, Give, Identity, Init, Quotas, Restart, Take};
use spindle_event::own_slots::SlotUsage;
use spindle_linker::{CrateSet, PublishedTable};
use spindle_machine::address::PAGE_SIZE;
use spindle_machine::code::Sealed;
use spindle_machine::own_heap::Usage;

/// An object in its place.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) identity: Identity,
    pub(super) state: State,
    pub(super) places: Places,
    pub(super) code_bytes: usize,
    /// How often a handler or guard of it had to be given up.
    pub(super) strikes: u64,
    /// What it was resolved against.
    pub(super) sources: Vec<DomainId>,
    /// The other objects that it imports from.
    pub(super) links: Vec<DomainId>,
    /// The kernel's interface crates that it is linked to.
    pub(super) crates: CrateSet,
    /// How many names it imports.
    pub(super) imports: usize,
    /// What it exports.
    pub(super) published: Arc<PublishedTable>,
    /// What it draws on.
    pub(super) means: Means,
    /// Its entry.
    pub(super) init: Init,
    /// How it hands over to another version, and takes over from one, if it can.
    pub(super) versions: Option<Versions>,
    /// What is done when it was at fault too often.
    pub(super) restart: Restart,
    /// Whether another has taken its place: what was its own is that one's.
    pub(super) is_replaced: bool,
    /// The pages.
    pub(super) code: Sealed,
}

impl Unit {
    /// How many pages it takes beside its heap, the tables about it included.
    pub(super) fn frames(&self) -> usize {
        self.code_bytes / PAGE_SIZE + table_pages(&self.places.frames, &self.places.names)
    }
}

/// What an object hands over to another version and takes from one: digests, and the functions that do it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Versions {
    pub(super) gives: u64,
    pub(super) give: Give,
    pub(super) takes: u64,
    pub(super) take: Take,
}

/// What an object is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It waits to be linked and placed.
    Created,
    /// It is in its place, and its entry has not begun.
    Placed,
    /// Its entry is running.
    Starting,
    /// Its entry has returned.
    Running,
    /// Another version is about to take its place.
    Yielding,
    /// It is being unloaded.
    Ending,
}

impl State {
    /// In a word.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Placed => "placed",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Yielding => "being replaced",
            Self::Ending => "ending",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// What there is to say about an object.
#[derive(Clone, Debug)]
pub(crate) struct DomainInfo {
    /// Its number.
    pub(crate) id: DomainId,
    /// Its name.
    pub(crate) name: String,
    /// Names of what it was resolved against.
    pub(crate) sources: Vec<String>,
    /// What it is doing.
    pub(crate) state: State,
    /// Where it lies.
    pub(crate) places: Places,
    /// Bytes of the code window that it takes.
    pub(crate) code_bytes: usize,
    /// How many pages it takes beside its heap, the tables about it included.
    pub(crate) frames: usize,
    /// How often a handler or guard of it had to be given up.
    pub(crate) strikes: u64,
    /// How many names it imports.
    pub(crate) imports: usize,
    /// What its heap is used for.
    pub(crate) heap: Usage,
    /// What its slots are used for, if it has its own.
    pub(crate) slots: Option<SlotUsage>,
    /// What it may have.
    pub(crate) quotas: Quotas,
}
