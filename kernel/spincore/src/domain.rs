//! Domains: the table of all that can be linked, from the kernel's own crates to running extensions.
//!
//! [`load`] puts an object in, in three steps that extensions can take one by one ([`service`]): create, resolve, initialise.
//! [`unload`] takes it out. An extension owns its pages and everything that was installed by code that lies in them: ownership
//! goes by address, never by what a caller says.
//!
//! Invariants: an object is in the table from before its entry runs until its code can run no more, so whatever its code does in
//! between can be blamed on it. It is in its place only when all that it imports is, and stays there until nobody imports
//! from it.

mod custody;
mod draft;
pub(crate) mod ending;
mod exporter;
pub(crate) mod heap;
pub(crate) mod initialise;
pub(crate) mod link;
pub(crate) mod load;
mod means;
mod node;
pub(crate) mod public;
pub(crate) mod replace;
pub(crate) mod service;
mod unit;
pub(crate) mod unload;
mod users;

pub(crate) use unit::{DomainInfo, State};

use crate::authority::authority;
use crate::symbols;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};
use node::{Body, Node};
use spindle_domain::{DomainId, Restart};
use spindle_linker::{CrateSet, Names};
use spindle_sync::Lock;

/// Lock order: before the locks of heaps; nothing else is locked while this is held.
static TABLE: Lock<Vec<Node>> = Lock::new(Vec::new());

/// Numbers of the domains that the kernel begins with start here, out of the way of those of extensions.
const FIRST_OF_KERNEL: u32 = 1 << 31;

/// A number that no domain has had.
fn next_id() -> DomainId {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    DomainId::new(authority(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Puts the kernel's own domains into the table.
pub(crate) fn begin() {
    let Ok(kernel) = symbols::kernel() else { return };
    let mut ids = (FIRST_OF_KERNEL..).map(|number| DomainId::new(authority(), number));
    let mut nodes = TABLE.lock();
    let mut enter = |name: &str, crates: CrateSet| {
        if let Some(id) = ids.next() {
            nodes.push(Node { id, name: name.into(), creator: None, body: Body::Crates(crates) });
        }
    };
    enter(public::SPIN_PUBLIC, public::public(kernel.crate_names()));
    enter(public::SPIN_TRUSTED, public::trusted(kernel.crate_names()));
    for name in public::own(kernel.crate_names()) {
        if let Some(crates) = public::alone(name, kernel.crate_names()) {
            enter(name, crates);
        }
    }
}

/// The domain called `name`, as `load ... with NAME` means it: an object, else what the kernel began with. `-` and `_` are the
/// same in the name of an interface crate.
pub(crate) fn by_name(name: &str) -> Option<DomainId> {
    let nodes = TABLE.lock();
    let mut objects = nodes.iter().filter(|node| node.is_object());
    let object = objects.find(|node| *node.name == *name && !node.is_ending());
    let crate_name = name.replace('-', "_");
    let is_kernels = |node: &&Node| {
        matches!(node.body, Body::Crates(_)) && (*node.name == *name || *node.name == *crate_name)
    };
    object.or_else(|| nodes.iter().find(is_kernels)).map(|node| node.id)
}

/// Names and numbers of the domains that the kernel began with.
pub(crate) fn of_kernel() -> Vec<(String, DomainId)> {
    let nodes = TABLE.lock();
    let of_kernel = nodes.iter().filter(|node| matches!(node.body, Body::Crates(_)));
    of_kernel.map(|node| (String::from(&*node.name), node.id)).collect()
}

/// Whether the extension `who` was itself given the domain called `name`: it was resolved against that very one.
pub(crate) fn was_given(who: DomainId, name: &str) -> bool {
    let nodes = TABLE.lock();
    let is_meant = |node: &Node| matches!(node.body, Body::Crates(_)) && *node.name == *name;
    let given = nodes.iter().find(|node| node.id == who).and_then(Node::unit).map(|unit| &*unit.sources);
    nodes.iter().any(|node| is_meant(node) && given.is_some_and(|given| given.contains(&node.id)))
}

/// Name of a domain.
pub(crate) fn name(id: DomainId) -> Option<String> {
    TABLE.lock().iter().find(|node| node.id == id).map(|node| String::from(&*node.name))
}

/// All objects, in the order of their numbers.
pub(crate) fn list() -> Vec<DomainInfo> {
    let nodes = TABLE.lock();
    let mut all: Vec<DomainInfo> = Vec::new();
    for info in nodes.iter().filter_map(|node| info(node, &nodes)) {
        // Most come in order, so this is at the end.
        let at = all.partition_point(|other| other.id < info.id);
        all.insert(at, info);
    }
    all
}

/// What there is to say about the object `id`, if it runs, and what is to be done when it was at fault too often.
pub(crate) fn describe_policy(id: DomainId) -> Option<(DomainInfo, Restart)> {
    let nodes = TABLE.lock();
    let node = nodes.iter().find(|node| node.id == id)?;
    let unit = node.unit().filter(|unit| unit.state == State::Running)?;
    Some((info(node, &nodes)?, unit.restart))
}

/// The domain whose code or data `address` lies among.
pub(crate) fn at(address: usize) -> Option<DomainId> {
    TABLE.lock().iter().find(|node| lies_in(node, address)).map(|node| node.id)
}

/// What there is to say about the object `id`.
fn describe(id: DomainId) -> Option<DomainInfo> {
    let nodes = TABLE.lock();
    nodes.iter().find(|node| node.id == id).and_then(|node| info(node, &nodes))
}

fn info(node: &Node, nodes: &[Node]) -> Option<DomainInfo> {
    let name_of = |id: &DomainId| {
        nodes
            .iter()
            .find(|other| other.id == *id)
            .map_or_else(|| "?".into(), |other| String::from(&*other.name))
    };
    let named = |sources: &[DomainId]| sources.iter().map(name_of).collect();
    let (id, name) = (node.id, String::from(&*node.name));
    match &node.body {
        Body::Unit(unit) => Some(DomainInfo {
            id,
            name,
            sources: named(&unit.sources),
            state: unit.state,
            places: unit.places.clone(),
            code_bytes: unit.code_bytes,
            frames: unit.frames(),
            strikes: unit.strikes,
            imports: unit.imports,
            heap: unit.means.heap.usage(),
            slots: unit.means.slot_usage(),
            quotas: unit.means.quotas,
        }),
        Body::Draft(draft) => Some(DomainInfo {
            id,
            name,
            sources: named(draft.sources()),
            state: State::Created,
            places: draft.places(),
            code_bytes: 0,
            frames: 0,
            strikes: 0,
            imports: draft.imports(),
            heap: draft.means().heap.usage(),
            slots: draft.means().slot_usage(),
            quotas: draft.means().quotas,
        }),
        Body::Crates(_) | Body::Container(_) | Body::Busy(..) => None,
    }
}

/// Whether a domain is loaded that was given control over the kernel: a shell, to whoever sits before it.
pub(crate) fn has_shell() -> bool {
    TABLE.lock().iter().any(is_shell)
}

fn is_shell(node: &Node) -> bool {
    let Ok(kernel) = symbols::kernel() else { return false };
    node.unit().is_some_and(|unit| {
        unit.state != State::Ending && public::has_control(&unit.crates, kernel.crate_names())
    })
}

/// Name of the domain that `address` lies in.
pub(crate) fn name_at(address: usize) -> Option<String> {
    let nodes = TABLE.lock();
    nodes.iter().find(|node| lies_in(node, address)).map(|node| String::from(&*node.name))
}

fn lies_in(node: &Node, address: usize) -> bool {
    node.unit().is_some_and(|unit| unit.places.contains(address))
}

/// Charges a domain with one failure.
pub(crate) fn strike_domain(id: DomainId) {
    let mut nodes = TABLE.lock();
    if let Some(unit) = nodes.iter_mut().find(|node| node.id == id).and_then(Node::unit_mut) {
        unit.strikes += 1;
    }
}

/// Charges the domain that `address` lies in with one handler or guard that had to be given up.
pub(crate) fn strike(address: usize) {
    let mut nodes = TABLE.lock();
    if let Some(unit) = nodes.iter_mut().find(|node| lies_in(node, address)).and_then(Node::unit_mut) {
        unit.strikes += 1;
    }
}

/// Writes the domain that `address` lies in, and its function, with how far `address + beyond` is from the beginning of that; of the domain,
/// where no name is known; if it can be found without waiting.
///
/// # Context
/// Any, a panic included.
pub(crate) fn write_place(out: &mut fmt::Formatter<'_>, address: usize, beyond: usize) -> fmt::Result {
    let Some(nodes) = TABLE.try_lock() else { return write!(out, " (table of domains in use)") };
    let found = nodes.iter().find(|node| lies_in(node, address));
    match found.and_then(|node| node.unit().map(|unit| (node, unit))) {
        Some((node, unit)) => {
            let distance = address.saturating_sub(unit.places.text.start);
            match Names::new(&unit.places.names).and_then(|names| names.at(distance)) {
                Some((name, within)) => write!(out, " {} at {name}+{:#x}", node.name, within + beyond),
                None => write!(out, " {}+{:#x}", node.name, distance + beyond),
            }
        }
        None => Ok(()),
    }
}

/// Which containers hold what, by number.
fn parts(nodes: &[Node]) -> Vec<(DomainId, DomainId)> {
    let of = |node: &Node| match &node.body {
        Body::Container(parts) => parts.iter().map(|part| (node.id, *part)).collect(),
        _ => Vec::new(),
    };
    nodes.iter().flat_map(of).collect()
}

/// Who imports from whom, by number.
fn links(nodes: &[Node]) -> Vec<(DomainId, DomainId)> {
    let of = |node: &Node| node.links().iter().map(|link| (node.id, *link)).collect::<Vec<_>>();
    nodes.iter().flat_map(of).collect()
}

/// Takes domains out of the table, and whatever else they made and did not run; what held them holds them no more. The caller
/// drops what it is given without a lock.
#[must_use = "what is taken out is dropped without the table's lock"]
fn take_out(ids: &[DomainId]) -> Vec<Node> {
    let mut nodes = TABLE.lock();
    let is_meant = |node: &mut Node| {
        let is_left_over =
            node.creator.is_some_and(|creator| ids.contains(&creator)) && node.unit().is_none();
        ids.contains(&node.id) || is_left_over
    };
    let gone: Vec<Node> = nodes.extract_if(.., is_meant).collect();
    for node in nodes.iter_mut() {
        node.forget(&gone);
    }
    gone
}
