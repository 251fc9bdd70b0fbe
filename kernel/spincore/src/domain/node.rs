//! Node: a domain as the table holds it.
//!
//! A domain is some of the kernel's crates, or a container of other domains, or an object: a draft until it is placed, a unit
//! from then on.

use super::draft::Draft;
use super::unit::{State, Unit};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use spindle_domain::DomainId;
use spindle_linker::{CrateSet, PublishedTable};

/// A domain.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: DomainId,
    pub(super) name: Arc<str>,
    /// The extension that made it; what it makes and does not run ends with it.
    pub(super) creator: Option<DomainId>,
    pub(super) body: Body,
}

/// What a domain is made of.
#[derive(Debug)]
pub(super) enum Body {
    /// Some of the kernel's own crates.
    Crates(CrateSet),
    /// Other domains.
    Container(Vec<DomainId>),
    /// An object that is still to be linked.
    Draft(Box<Draft>),
    /// The same while somebody works on it: what it is linked to, and what it exports.
    Busy(Vec<DomainId>, Arc<PublishedTable>),
    /// An object in its place.
    Unit(Box<Unit>),
}

impl Node {
    /// The other objects that this one imports from.
    pub(super) fn links(&self) -> &[DomainId] {
        match &self.body {
            Body::Draft(draft) => draft.links(),
            Body::Busy(links, _) => links,
            Body::Unit(unit) => &unit.links,
            Body::Crates(_) | Body::Container(_) => &[],
        }
    }

    /// The unit, if it is one.
    pub(super) fn unit(&self) -> Option<&Unit> {
        match &self.body {
            Body::Unit(unit) => Some(unit),
            _ => None,
        }
    }

    /// The unit, if it is one.
    pub(super) fn unit_mut(&mut self) -> Option<&mut Unit> {
        match &mut self.body {
            Body::Unit(unit) => Some(unit),
            _ => None,
        }
    }

    /// What it exports, if it is an object.
    pub(super) fn published(&self) -> Option<&Arc<PublishedTable>> {
        match &self.body {
            Body::Draft(draft) => Some(draft.published()),
            Body::Busy(_, published) => Some(published),
            Body::Unit(unit) => Some(&unit.published),
            Body::Crates(_) | Body::Container(_) => None,
        }
    }

    /// Whether it is being unloaded.
    pub(super) fn is_ending(&self) -> bool {
        self.unit().is_some_and(|unit| unit.state == State::Ending)
    }

    /// Has nothing more to do with what is `gone`.
    pub(super) fn forget(&mut self, gone: &[Node]) {
        let is_gone = |id: &DomainId| gone.iter().any(|node| node.id == *id);
        match &mut self.body {
            Body::Container(parts) => parts.retain(|part| !is_gone(part)),
            Body::Draft(draft) => gone.iter().for_each(|node| draft.forget(node.id)),
            Body::Unit(unit) => unit.sources.retain(|source| !is_gone(source)),
            Body::Busy(..) | Body::Crates(_) => {}
        }
    }

    /// Whether it is an object, placed or not.
    pub(super) fn is_object(&self) -> bool {
        matches!(self.body, Body::Draft(_) | Body::Busy(..) | Body::Unit(_))
    }
}
