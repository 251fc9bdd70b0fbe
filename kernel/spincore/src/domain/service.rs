//! Service: domains as extensions have them, [`spindle_domain::Domain`].
//!
//! Rights were looked at by the interface; here a domain is a number.

use super::link;
use super::load::LoadError;
use super::node::{Body, Node};
use super::unload::{self, UnloadError};
use super::{TABLE, initialise, next_id, users};
use crate::{archive, authority, symbols};
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use spindle_domain::{DomainError, DomainId, Domains, Identity, Quotas, Refused, Source, Stage};

/// How many domains an extension may have made that do not run.
const MOST: usize = 64;
/// Longest name of a container, in bytes.
const LONGEST_NAME: usize = 64;

#[derive(Debug)]
struct Service;

/// Begins to serve domains.
pub(crate) fn serve() {
    spindle_domain::domain::serve(authority::authority(), Box::new(Service));
}

impl Domains for Service {
    fn create(&self, by: &Identity, source: Source<'_>) -> Result<DomainId, DomainError> {
        check_maker(by)?;
        let (name, file) = match source {
            Source::Bytes(name, file) => (name, file),
            Source::Archive(name) => {
                let missing = |error: archive::ArchiveError| refused(name, Stage::Find, error.to_string());
                (name, archive::extension(name).map_err(missing)?)
            }
        };
        link::create(file, Some(by.id()), Quotas::default()).map_err(|error| failed(name, error))
    }

    fn contain(&self, by: &Identity, name: &str, parts: &[DomainId]) -> Result<DomainId, DomainError> {
        check_maker(by)?;
        check_name(name)?;
        let mut nodes = TABLE.lock();
        if let Some(domain) = parts.iter().copied().find(|part| !is_there(&nodes, *part)) {
            return Err(DomainError::Gone { domain });
        }
        let id = next_id();
        nodes.push(Node {
            id,
            name: name.into(),
            creator: Some(by.id()),
            body: Body::Container(parts.into()),
        });
        Ok(id)
    }

    fn of_interface(&self, by: &Identity, name: &str) -> Result<DomainId, DomainError> {
        let name = name.replace('-', "_");
        let not_linked = || DomainError::NotLinked { interface: name.clone() };
        let kernel = symbols::kernel().map_err(|_| not_linked())?;
        let number = kernel.crate_names().position(|other| other == name).ok_or_else(not_linked)?;
        let nodes = TABLE.lock();
        let asker = nodes.iter().find(|node| node.id == by.id()).and_then(Node::unit);
        let is_linked = asker.is_some_and(|unit| unit.crates.contains(number));
        let is_meant = |node: &&Node| matches!(node.body, Body::Crates(_)) && *node.name == *name;
        let found = nodes.iter().find(is_meant).filter(|_| is_linked);
        found.map(|node| node.id).ok_or_else(not_linked)
    }

    fn add(&self, container: DomainId, part: DomainId) -> Result<(), DomainError> {
        let mut nodes = TABLE.lock();
        if !is_there(&nodes, part) {
            return Err(DomainError::Gone { domain: part });
        }
        let is_within = users::with_sources(part, &super::parts(&nodes)).contains(&container);
        let node = nodes.iter_mut().find(|node| node.id == container);
        let node = node.ok_or(DomainError::Gone { domain: container })?;
        let name = String::from(&*node.name);
        match &mut node.body {
            Body::Container(_) if is_within => Err(DomainError::Circle { name }),
            Body::Container(parts) => {
                if !parts.contains(&part) {
                    parts.push(part);
                }
                Ok(())
            }
            _ => Err(DomainError::NotAContainer { name }),
        }
    }

    fn resolve(&self, target: DomainId, source: DomainId) -> Result<usize, DomainError> {
        link::resolve(target, source).map_err(|error| failed(&label(target), error))
    }

    fn unresolve(&self, target: DomainId, source: DomainId) -> Result<usize, DomainError> {
        link::unresolve(target, source).map_err(|error| failed(&label(target), error))
    }

    fn unresolved(&self, target: DomainId) -> Result<Vec<String>, DomainError> {
        let nodes = TABLE.lock();
        let node = nodes.iter().find(|node| node.id == target);
        match &node.ok_or(DomainError::Gone { domain: target })?.body {
            Body::Draft(draft) => Ok(draft.open()),
            _ => Ok(Vec::new()),
        }
    }

    fn initialise(&self, target: DomainId) -> Result<(), DomainError> {
        if let Some((name, open)) = initialise::unresolved(target) {
            return Err(DomainError::Unresolved { name, open });
        }
        let name = label(target);
        initialise::initialise(target).map(drop).map_err(|error| failed(&name, error))
    }

    fn destroy(&self, target: DomainId) -> Result<(), DomainError> {
        unload::destroy(target).map_err(|error| match error {
            UnloadError::Gone { domain } => DomainError::Gone { domain },
            UnloadError::InUse { name, users } => DomainError::InUse { name, users },
            UnloadError::Unknown { name } => DomainError::NotNow { name, state: "not there" },
            UnloadError::LastShell { name } => DomainError::NotNow { name, state: "the last shell" },
            UnloadError::NotNow { name, state } => DomainError::NotNow { name, state: state.name() },
        })
    }

    fn name(&self, domain: DomainId) -> Option<String> {
        super::name(domain)
    }
}

fn is_there(nodes: &[Node], id: DomainId) -> bool {
    nodes.iter().any(|node| node.id == id && !node.is_ending())
}

/// Only who is loaded makes domains, and not too many: they end with it.
fn check_maker(by: &Identity) -> Result<(), DomainError> {
    let nodes = TABLE.lock();
    if !is_there(&nodes, by.id()) {
        return Err(DomainError::Gone { domain: by.id() });
    }
    let made = nodes.iter().filter(|node| node.creator == Some(by.id()) && node.unit().is_none()).count();
    if made < MOST { Ok(()) } else { Err(DomainError::TooMany { most: MOST }) }
}

fn check_name(name: &str) -> Result<(), DomainError> {
    let is_plain = |letter: u8| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter);
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(is_plain) {
        return Err(DomainError::NotAName { name: name.into() });
    }
    Ok(())
}

/// What to call the domain in a message.
fn label(id: DomainId) -> String {
    super::name(id).unwrap_or_else(|| id.to_string())
}

fn refused(file: &str, stage: Stage, reason: String) -> DomainError {
    DomainError::Refused(Refused { file: file.into(), stage, reason })
}

fn failed(file: &str, error: LoadError) -> DomainError {
    match error {
        LoadError::Ended { domain } => DomainError::Gone { domain },
        LoadError::NotOpen { name } => DomainError::NotOpen { name },
        error => refused(file, error.stage(), error.to_string()),
    }
}
