//! Replace: another version takes the place of a running domain, under load, in one step.
//!
//! [`replace`] is the walk. The new version is loaded beside the old one, linked to the same domains; what it installs and
//! opens waits (it is an understudy). When its entry has returned, all handlers change hands in one step, then the names; then the
//! old one's unload begins. Whatever fails before leaves the old one as it was, and ends the new one.
//!
//! What was posted is kept: a post to an event finds whoever is installed when it arrives, an asynchronous handler that the old
//! one was sent still runs in the old one, and what is on its way to the old one's own events finds it there:
//! those are withdrawn only when nothing arrives any more.
//!
//! This file does not know where the bytes came from.

use super::load::LoadError;
use super::node::Node;
use super::unit::{DomainInfo, State, Unit, Versions};
use super::{TABLE, initialise, is_shell, link, links, unload, users};
use crate::authority::authority;
use crate::foreign_call;
use crate::whereabouts::Places;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use spindle_domain::{DomainId, Stage, names};
use spindle_event::understudy::{self, TakenOver};
use spindle_event::{End, SwapError};
use spindle_nameserver as nameserver;

/// A domain that was replaced.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    /// The one that ends.
    pub(crate) old: DomainId,
    /// The one in its place.
    pub(crate) new: DomainInfo,
    /// How many handlers changed hands.
    pub(crate) handlers: TakenOver,
    /// How many names the new one has opened or exported in place of the old one's.
    pub(crate) names: usize,
}

/// Has the signed object `file` take the place of the domain called `name`, whose unload begins; its end is told as always.
///
/// # Errors
/// [`ReplaceError`]; the old one goes on as if nothing had been asked, and nothing is left of the new one, at once or when its
/// grace period is over.
///
/// # Context
/// Not in interrupt context, no lock held. Waits for the other cores to fetch their instructions anew.
pub(crate) fn replace(name: &str, file: &[u8]) -> Result<Replaced, ReplaceError> {
    let old = claim(name)?;
    let outcome = create(&old, file).and_then(|new| {
        let outcome = start(&old, new).and_then(|places| switch(&old, new, &places));
        outcome.inspect_err(|_| unload::abandon(new))
    });
    match outcome {
        Ok(_) => unload::retire(old.id),
        Err(_) => change(&mut TABLE.lock(), old.id, |unit| unit.state = State::Running),
    }
    outcome
}

/// Who is to be replaced.
struct Old {
    id: DomainId,
    name: String,
    sources: Vec<DomainId>,
    places: Places,
    versions: Option<Versions>,
}

/// Has the domain called `name` yield, so that nobody else ends or replaces it.
fn claim(name: &str) -> Result<Old, ReplaceError> {
    let mut nodes = TABLE.lock();
    let links = links(&nodes);
    let is_meant = |node: &&mut Node| node.is_object() && !node.is_ending() && *node.name == *name;
    let name = String::from(name);
    let node = nodes.iter_mut().find(is_meant).ok_or(ReplaceError::Unknown { name: name.clone() })?;
    let id = node.id;
    let Some(unit) = node.unit_mut() else {
        return Err(ReplaceError::NotNow { name, state: State::Created });
    };
    if unit.state != State::Running {
        return Err(ReplaceError::NotNow { name, state: unit.state });
    }
    let (sources, places, versions) = (unit.sources.clone(), unit.places.clone(), unit.versions);
    check_unused(id, &name, &nodes, &links)?;
    change(&mut nodes, id, |unit| unit.state = State::Yielding);
    Ok(Old { id, name, sources, places, versions })
}

/// Direct calls lead to where a domain lies, so nobody may be linked to one that is replaced.
fn check_unused(
    id: DomainId,
    name: &str,
    nodes: &[Node],
    links: &[(DomainId, DomainId)],
) -> Result<(), ReplaceError> {
    let direct = users::direct(id, links);
    if direct.is_empty() {
        return Ok(());
    }
    let users = nodes.iter().filter(|node| direct.contains(&node.id)).map(|node| String::from(&*node.name));
    Err(ReplaceError::InUse { name: name.into(), users: users.collect() })
}

fn change(nodes: &mut [Node], id: DomainId, change: impl FnOnce(&mut Unit)) {
    if let Some(unit) = nodes.iter_mut().find(|node| node.id == id).and_then(Node::unit_mut) {
        change(unit);
    }
}

fn create(old: &Old, file: &[u8]) -> Result<DomainId, ReplaceError> {
    Ok(link::create_instead(file, old.id)?)
}

/// Links the new one and puts it in its place, sees that it takes what the old one gives, and runs its entry as an understudy.
fn start(old: &Old, new: DomainId) -> Result<Places, ReplaceError> {
    for source in &old.sources {
        link::resolve(new, *source)?;
    }
    initialise::place_all(new)?;
    let begun = initialise::begin(new)?;
    let (gives, takes) = (old.versions.map(|old| old.gives), begun.versions.map(|new| new.takes));
    if gives != takes {
        let (old, new) = (old.name.clone(), begun.identity.name().into());
        return Err(ReplaceError::OtherState { old, gives, new, takes });
    }
    let Places { text, data, .. } = begun.places.clone();
    understudy::begin(authority(), text.clone(), data, old.places.text.clone());
    names::begin_understudy(authority(), text, old.places.text.clone());
    nameserver::begin_heir(authority(), new, old.id);
    match (old.versions, begun.versions) {
        (Some(gives), Some(takes)) => {
            let given =
                foreign_call::call(gives.give as *const () as usize, foreign_call::ENTRY_MS, gives.give);
            let given = given.map_err(|end| ReplaceError::Gives { old: old.name.clone(), end })?;
            let take = || (takes.take)(&begun.identity, given);
            initialise::enter_it(takes.take as *const () as usize, take)?;
        }
        _ => {
            let init = || (begun.init)(&begun.identity);
            initialise::enter_it(begun.init as *const () as usize, init)?;
        }
    }
    Ok(begun.places)
}

/// The step itself.
fn switch(old: &Old, new: DomainId, places: &Places) -> Result<Replaced, ReplaceError> {
    let info = super::describe(new).ok_or(LoadError::Gone)?;
    end_if_unused(old)?;
    let handlers = understudy::take_over(authority(), &places.text, &old.places.data)?;
    let names = names::take_over(authority(), &places.text) + nameserver::take_over(authority(), new);
    // What is its own is the new one's from here on: its name, and what it publishes.
    change(&mut TABLE.lock(), old.id, |unit| unit.is_replaced = true);
    // It can't have ended meanwhile: nobody ends what is starting.
    let _ = initialise::started(new);
    Ok(Replaced { old: old.id, new: info, handlers, names })
}

/// Marks the old one as ending, so that from here on nobody is linked to it.
fn end_if_unused(old: &Old) -> Result<(), ReplaceError> {
    let mut nodes = TABLE.lock();
    check_unused(old.id, &old.name, &nodes, &links(&nodes))?;
    let is_old = |node: &Node| node.id == old.id;
    let is_last_shell = nodes.iter().any(|node| is_old(node) && is_shell(node))
        && !nodes.iter().any(|node| !is_old(node) && is_shell(node));
    if is_last_shell {
        return Err(ReplaceError::LastShell { name: old.name.clone() });
    }
    change(&mut nodes, old.id, |unit| unit.state = State::Ending);
    Ok(())
}

/// Why a domain was not replaced.
#[derive(Debug)]
pub(crate) enum ReplaceError {
    /// No domain has this name.
    Unknown {
        /// The name.
        name: String,
    },
    /// It can't be replaced now.
    NotNow {
        /// Its name.
        name: String,
        /// What it is doing.
        state: State,
    },
    /// Others are linked to it.
    InUse {
        /// Its name.
        name: String,
        /// Names of the others.
        users: Vec<String>,
    },
    /// Nobody could give the kernel orders any more.
    LastShell {
        /// The domain's name.
        name: String,
    },
    /// The new one was not loaded.
    Load(LoadError),
    /// What the old one hands over is not what the new one takes.
    OtherState {
        /// Name of the old one.
        old: String,
        /// Digest of what it hands over, if it does.
        gives: Option<u64>,
        /// Name of the new one.
        new: String,
        /// Digest of what it takes, if it does.
        takes: Option<u64>,
    },
    /// The old one was given up while it handed over.
    Gives {
        /// Its name.
        old: String,
        /// How it ended.
        end: End,
    },
    /// The new one's handlers can't all be installed in place of the old one's.
    Swap(SwapError),
}

impl ReplaceError {
    /// How far it came.
    pub(crate) fn stage(&self) -> Stage {
        match self {
            Self::Unknown { .. } | Self::NotNow { .. } | Self::InUse { .. } => Stage::Find,
            Self::Load(error) => error.stage(),
            Self::OtherState { .. } | Self::Gives { .. } | Self::Swap(_) | Self::LastShell { .. } => {
                Stage::Replace
            }
        }
    }
}

/// A digest, or that there is none.
struct Digest(Option<u64>);

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(digest) => write!(out, "state {digest:016x}"),
            None => write!(out, "no state"),
        }
    }
}

impl fmt::Display for ReplaceError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(out, "no domain is called `{name}`"),
            Self::NotNow { name, state } => write!(out, "`{name}` is {state}"),
            Self::InUse { name, users } => write!(out, "`{name}` is used by {}", users.join(", ")),
            Self::LastShell { name } => write!(out, "`{name}` is the last shell, and this is none"),
            Self::Load(cause) => cause.fmt(out),
            Self::OtherState { old, gives, new, takes } => {
                write!(out, "`{old}` gives {}, `{new}` takes {}", Digest(*gives), Digest(*takes))
            }
            Self::Gives { old, end } => write!(out, "`{old}` {end} while it handed over"),
            Self::Swap(cause) => write!(out, "its handlers can't take the place of the old ones: {cause}"),
        }
    }
}

impl core::error::Error for ReplaceError {}

impl From<LoadError> for ReplaceError {
    fn from(cause: LoadError) -> Self {
        Self::Load(cause)
    }
}

impl From<SwapError> for ReplaceError {
    fn from(cause: SwapError) -> Self {
        Self::Swap(cause)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::ReplaceError;

    #[test]
    fn another_state_is_refused_with_both_digests_named() {
        let refused = |gives, takes| {
            ReplaceError::OtherState { old: "one".into(), gives, new: "two".into(), takes }.to_string()
        };
        assert_eq!(
            refused(Some(0x12), Some(0xab)),
            "`one` gives state 0000000000000012, `two` takes state 00000000000000ab"
        );
        assert_eq!(refused(None, Some(1)), "`one` gives no state, `two` takes state 0000000000000001");
    }
}
