//! Initialise: the steps of a load from which an object can run.
//!
//! What an object is linked to has to be in its place before it runs itself, and so on: all drafts that can be reached from it
//! are placed together, or none of them stays.

use super::draft::Draft;
use super::link;
use super::load::LoadError;
use super::node::{Body, Node};
use super::unit::{DomainInfo, State, Unit, Versions};
use super::{TABLE, describe, exporter::Exporter, heap, links, take_out, unload, users};
use crate::authority::authority;
use crate::whereabouts::{self, Places};
use crate::{foreign_call, interrupt, strand};
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use spindle_domain::{DomainId, Identity, Init, InitResult};
use spindle_event::quota;
use spindle_linker::CrateSet;

/// Places the object `target` and all that it is linked to and that is not yet placed, and runs its entry.
///
/// # Errors
/// [`LoadError`]. When something is open, nothing has changed; when something can't be placed, all that was to be placed is gone;
/// when the entry fails, `target` ends, with those that are linked to it.
///
/// # Context
/// Not in interrupt context, no lock held. Waits for the other cores to fetch their instructions anew.
pub(crate) fn initialise(target: DomainId) -> Result<DomainInfo, LoadError> {
    place_all(target)?;
    let begun = begin(target)?;
    if let Err(error) = enter_it(begun.init as *const () as usize, || (begun.init)(&begun.identity)) {
        unload::abandon(target);
        return Err(error);
    }
    started(target).ok_or(LoadError::Gone)
}

/// Runs an entry, whose code lies at `code`.
///
/// # Errors
/// [`LoadError::Init`] or [`LoadError::Failed`].
pub(super) fn enter_it(code: usize, entry: impl FnOnce() -> InitResult) -> Result<(), LoadError> {
    // The text of an error is the extension's own code, and goes with it.
    let said =
        foreign_call::call(code, foreign_call::ENTRY_MS, || entry().map_err(|cause| cause.to_string()));
    said.map_err(|end| LoadError::Failed { end })?.map_err(|reason| LoadError::Init { reason })
}

/// Why not all that `target` imports, directly or not, is resolved; for whom, and what is open.
pub(crate) fn unresolved(target: DomainId) -> Option<(String, Vec<String>)> {
    let nodes = TABLE.lock();
    let group = users::with_sources(target, &links(&nodes));
    let open = |node: &Node| match &node.body {
        Body::Draft(draft) => Some((String::from(&*node.name), draft.open())),
        _ => None,
    };
    let mut all = nodes.iter().filter(|node| group.contains(&node.id)).filter_map(open);
    all.find(|(_, open)| !open.is_empty())
}

/// Places `target` and what it is linked to, as [`initialise`] does, and runs nothing.
pub(super) fn place_all(target: DomainId) -> Result<(), LoadError> {
    let drafts = take_group(target)?;
    if drafts.is_empty() {
        return Ok(());
    }
    let ids: Vec<DomainId> = drafts.iter().map(|(id, _)| *id).collect();
    let placed = place(drafts).and_then(|units| {
        interrupt::synchronise_cores()?;
        Ok(units)
    });
    match placed {
        Ok(units) => {
            let links: Vec<_> = units.iter().map(|unit| (unit.identity.id(), unit.links.clone())).collect();
            units.into_iter().for_each(enter);
            for (user, publisher) in
                links.iter().flat_map(|(id, links)| links.iter().map(|link| (*id, *link)))
            {
                heap::acquaint(user, publisher);
            }
            Ok(())
        }
        Err(error) => {
            drop(take_out(&ids));
            Err(error)
        }
    }
}

/// Takes the drafts out that have to be placed so that `target` can run; none, when all are. Puts all back when one is not
/// fully resolved, or somebody works on it.
fn take_group(target: DomainId) -> Result<Vec<(DomainId, Box<Draft>)>, LoadError> {
    let group: Vec<DomainId> = {
        let nodes = TABLE.lock();
        let group = users::with_sources(target, &links(&nodes));
        nodes
            .iter()
            .filter(|node| group.contains(&node.id) && node.unit().is_none())
            .map(|node| node.id)
            .collect()
    };
    let mut drafts = Vec::new();
    for id in group {
        let taken = link::take(id).and_then(|draft| {
            let granted = granted(&draft);
            match draft.check_complete(&granted) {
                Ok(()) => Ok(draft),
                Err(error) => {
                    link::put_back(id, draft);
                    Err(error)
                }
            }
        });
        match taken {
            Ok(draft) => drafts.push((id, draft)),
            Err(error) => {
                drafts.into_iter().for_each(|(id, draft)| link::put_back(id, draft));
                return Err(error);
            }
        }
    }
    Ok(drafts)
}

/// What `draft` was given of the kernel.
fn granted(draft: &Draft) -> CrateSet {
    let exporters = draft.sources().iter().filter_map(|source| link::exporters_of(*source).ok()).flatten();
    let crates = exporters.filter_map(|exporter| match exporter {
        Exporter::Kernel(crates) => Some(crates),
        Exporter::Unit(..) => None,
    });
    crates.flat_map(|crates| crates.iter().collect::<Vec<_>>()).collect()
}

fn place(drafts: Vec<(DomainId, Box<Draft>)>) -> Result<Vec<Unit>, LoadError> {
    drafts.into_iter().map(|(id, draft)| draft.place(id)).collect()
}

fn enter(unit: Unit) {
    let id = unit.identity.id();
    whereabouts::enter(id, unit.places.clone());
    heap::enter(id, unit.means.heap.clone());
    let (text, quotas) = (unit.places.text.clone(), unit.means.quotas);
    quota::begin(authority(), text.clone(), quotas.bindings, quotas.share);
    strand::open(id, quotas.strands);
    let mut unit = Some(Box::new(unit));
    if let Some(node) = TABLE.lock().iter_mut().find(|node| node.id == id) {
        node.body = unit.take().map_or(Body::Container(Vec::new()), Body::Unit);
    }
    if unit.is_some() {
        // Ended meanwhile.
        whereabouts::leave(id);
        strand::forget(id);
        heap::leave(id);
        quota::end(authority(), &text);
    }
}

/// An object whose entry begins to run.
pub(super) struct Begun {
    pub(super) identity: Identity,
    pub(super) init: Init,
    pub(super) versions: Option<Versions>,
    pub(super) places: Places,
}

/// The entry of `target`, which begins to run now. From here on it may have names.
pub(super) fn begin(target: DomainId) -> Result<Begun, LoadError> {
    let begun = mark_starting(target)?;
    spindle_nameserver::admit(authority(), &begun.identity, begun.places.text.clone());
    Ok(begun)
}

fn mark_starting(target: DomainId) -> Result<Begun, LoadError> {
    let mut nodes = TABLE.lock();
    let node = nodes.iter_mut().find(|node| node.id == target).ok_or(LoadError::Gone)?;
    let name = String::from(&*node.name);
    match node.unit_mut() {
        Some(unit) if unit.state == State::Placed => {
            unit.state = State::Starting;
            let (identity, places) = (unit.identity.clone(), unit.places.clone());
            Ok(Begun { identity, init: unit.init, versions: unit.versions, places })
        }
        _ => Err(LoadError::NotOpen { name }),
    }
}

/// The entry of a domain has returned well.
pub(super) fn started(id: DomainId) -> Option<DomainInfo> {
    let is_started = {
        let mut nodes = TABLE.lock();
        let unit = nodes.iter_mut().find(|node| node.id == id)?.unit_mut()?;
        let is_starting = unit.state == State::Starting;
        if is_starting {
            unit.state = State::Running;
        }
        is_starting
    };
    if is_started { describe(id) } else { None }
}
