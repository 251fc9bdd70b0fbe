//! Link: create and resolve, the steps of a load before anything is placed.
//!
//! While a draft is worked on it is out of the table, which then holds [`Body::Busy`] in its place; so no lock is held while
//! names are looked up.

use super::draft::Draft;
use super::exporter::Exporter;
use super::load::LoadError;
use super::means::Means;
use super::node::{Body, Node};
use super::{TABLE, next_id, users};
use crate::authority::KERNEL_NAME;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use spindle_domain::{DomainId, Quotas};
use spindle_linker::PublishedTable;
use spindle_machine::memory;

/// How much memory a load needs at least, in bytes: for tables of pages and of domains, and for what the entry of an extension has the
/// kernel note.
const LEAST_BYTES: usize = 256 << 10;

/// Reads the signed object `file` and reserves its place, on behalf of `creator`. It may have `quotas`; what is not said there,
/// as much as its creator.
///
/// # Errors
/// [`LoadError`]; nothing is left of it then.
pub(crate) fn create(file: &[u8], creator: Option<DomainId>, quotas: Quotas) -> Result<DomainId, LoadError> {
    let creators = || {
        let nodes = TABLE.lock();
        let node = nodes.iter().find(|node| Some(node.id) == creator)?;
        Some(node.unit()?.means.quotas)
    };
    let quotas = quotas.or(creators().unwrap_or_default());
    create_for(file, creator, None, &Means::new(quotas)?)
}

/// As [`create`], for an object that is to take the place of the domain `old`: it may have the same name and publish the same
/// crates, and is on behalf of whoever that one is. Both have the same means: what is on its heap goes on in the
/// new one's hands.
///
/// # Errors
/// [`LoadError`]; nothing is left of it then.
pub(super) fn create_instead(file: &[u8], old: DomainId) -> Result<DomainId, LoadError> {
    let (creator, means) = {
        let nodes = TABLE.lock();
        let node = nodes.iter().find(|node| node.id == old).ok_or(LoadError::Gone)?;
        (node.creator, node.unit().ok_or(LoadError::Gone)?.means.clone())
    };
    create_for(file, creator, Some(old), &means)
}

fn create_for(
    file: &[u8],
    creator: Option<DomainId>,
    old: Option<DomainId>,
    means: &Means,
) -> Result<DomainId, LoadError> {
    check_memory(file)?;
    loop {
        let taken = published(&TABLE.lock(), old);
        let draft = Box::new(Draft::read(file, &taken, means.clone())?);
        if let Some(id) = enter(draft, creator, old, &taken)? {
            return Ok(id);
        }
    }
}

/// Whether there is memory to load `file`: its bytes are copied, and as much again is written about them.
fn check_memory(file: &[u8]) -> Result<(), LoadError> {
    let (needed, (left, _)) = (file.len().saturating_mul(2).saturating_add(LEAST_BYTES), memory::rest());
    if left < needed { Err(LoadError::NoMemory { needed, left }) } else { Ok(()) }
}

/// Puts a draft into the table; nothing, if meanwhile somebody else has published what it may not define.
fn enter(
    draft: Box<Draft>,
    creator: Option<DomainId>,
    old: Option<DomainId>,
    taken: &[Arc<PublishedTable>],
) -> Result<Option<DomainId>, LoadError> {
    let name: Arc<str> = draft.name().into();
    let node = Node { id: next_id(), name: name.clone(), creator, body: Body::Draft(draft) };
    let id = node.id;
    let mut nodes = TABLE.lock();
    let is_new = |table: &Arc<PublishedTable>| !taken.iter().any(|known| Arc::ptr_eq(known, table));
    let bears_name = |other: &Node| other.is_object() && other.name == name && !leaves(other, old);
    // What is not entered is dropped without the lock: dropping its pages takes locks of its own.
    // The kernel's own name is never free.
    if *name == *KERNEL_NAME || nodes.iter().any(bears_name) {
        drop(nodes);
        drop(node);
        return Err(LoadError::NameTaken { name: String::from(&*name) });
    }
    if published(&nodes, old).iter().any(is_new) {
        drop(nodes);
        drop(node);
        return Ok(None);
    }
    nodes.push(node);
    Ok(Some(id))
}

/// Whether a domain leaves what is its own to another: it is `old`, or another has taken its place already.
fn leaves(node: &Node, old: Option<DomainId>) -> bool {
    Some(node.id) == old || node.unit().is_some_and(|unit| unit.is_replaced)
}

/// What all objects publish, without those that leave it to others.
fn published(nodes: &[Node], old: Option<DomainId>) -> Vec<Arc<PublishedTable>> {
    let stay = nodes.iter().filter(|node| !leaves(node, old));
    stay.filter_map(Node::published).filter(|table| !table.is_empty()).cloned().collect()
}

/// Gives the object `target` what it imports and `source` exports; says how many names that were.
///
/// # Errors
/// [`LoadError`]; nothing has changed then.
pub(crate) fn resolve(target: DomainId, source: DomainId) -> Result<usize, LoadError> {
    let exporters = exporters_of(source)?;
    with_draft(target, |draft| draft.link(source, &exporters))
}

/// Takes back from the object `target` what it was given of `source`; says how many names that were.
///
/// # Errors
/// [`LoadError`].
pub(crate) fn unresolve(target: DomainId, source: DomainId) -> Result<usize, LoadError> {
    let exporters = exporters_of(source)?;
    with_draft(target, |draft| Ok(draft.unlink(source, &exporters)))
}

fn with_draft(
    target: DomainId,
    change: impl FnOnce(&mut Draft) -> Result<usize, LoadError>,
) -> Result<usize, LoadError> {
    let mut draft = take(target)?;
    let outcome = change(&mut draft);
    put_back(target, draft);
    outcome
}

/// Takes a draft to work on.
pub(super) fn take(id: DomainId) -> Result<Box<Draft>, LoadError> {
    let mut nodes = TABLE.lock();
    let node = nodes.iter_mut().find(|node| node.id == id).ok_or(LoadError::Ended { domain: id })?;
    let name = || String::from(&*node.name);
    let Body::Draft(draft) = &node.body else { return Err(LoadError::NotOpen { name: name() }) };
    let busy = Body::Busy(draft.links().into(), draft.published().clone());
    match core::mem::replace(&mut node.body, busy) {
        Body::Draft(draft) => Ok(draft),
        _ => Err(LoadError::NotOpen { name: name() }),
    }
}

/// Puts a draft back. One that was ended meanwhile is dropped, and what has ended meanwhile has given it nothing.
pub(super) fn put_back(id: DomainId, mut draft: Box<Draft>) {
    let mut nodes = TABLE.lock();
    let is_there = |link: &DomainId| nodes.iter().any(|node| node.id == *link && !node.is_ending());
    let gone: Vec<DomainId> = draft.links().iter().copied().filter(|link| !is_there(link)).collect();
    gone.into_iter().for_each(|link| draft.forget(link));
    let left = match nodes.iter_mut().find(|node| node.id == id) {
        Some(node) => {
            node.body = Body::Draft(draft);
            None
        }
        None => Some(draft),
    };
    drop(nodes);
    drop(left);
}

/// The parts of `source` that have names to give: those of a container are those of all its parts.
pub(super) fn exporters_of(source: DomainId) -> Result<Vec<Exporter>, LoadError> {
    let nodes = TABLE.lock();
    if !nodes.iter().any(|node| node.id == source && !node.is_ending()) {
        return Err(LoadError::Ended { domain: source });
    }
    let all = users::with_sources(source, &super::parts(&nodes));
    Ok(nodes.iter().filter(|node| all.contains(&node.id)).filter_map(exporter).collect())
}

fn exporter(node: &Node) -> Option<Exporter> {
    match &node.body {
        Body::Crates(crates) => Some(Exporter::Kernel(*crates)),
        _ if node.is_ending() => None,
        _ => node.published().map(|table| Exporter::Unit(node.id, table.clone())),
    }
}
