//! Unload: from a running domain to free pages, without waiting for anybody.
//!
//! The load walk backwards, with a grace period. The caller only begins it; what follows runs in the run loops, when it is
//! time ([`Ending`] says when), and ends with the control interface's `ENDED` event. So a handler of the very domain may
//! ask for its own unload.
//!
//! 1. See who imports from it, and either refuse or take them along; mark all as ending: from here on nobody else can ask.
//! 2. Watch what its code still does, have its strands end, and withdraw what leads into it: bindings, events, names, timers,
//!    capabilities. No round is quiet before the last strand is gone.
//! 3. Wait for the grace period: nobody is inside any more who was.
//! 4. Drain: a parcel through every inbox, behind everything that the domain posted before.
//! 5. Withdraw again, and ask what its code was seen to do: its destructors run wherever something of it is freed. Then again
//!    from step 3, until nothing was found so often in a row that nothing can be left; [`super::ending`] has the argument.
//! 6. Take it off the table, unmap its pages, give back its heap ([`heap`] says when), tell.

use super::ending::{Ending, Next};
use super::node::{Body, Node};
use super::unit::State;
use super::{TABLE, heap, links, take_out, users};
use crate::authority::authority;
use crate::whereabouts::{self, Places};
use crate::{clock, log, strand, turn};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use spindle_control::{ENDED, Ended};
use spindle_domain::{DomainId, Identity, names};
use spindle_event::{CoreId, cores, mailbox, quota, registry, understudy, watch};
use spindle_machine::code;
use spindle_sync::grace::Retired;
use spindle_sync::{GRACE, Lock, Parcel};

/// Why a domain is not unloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnloadError {
    /// No domain has this name.
    Unknown {
        /// The name.
        name: String,
    },
    /// It has ended.
    Gone {
        /// Its number.
        domain: DomainId,
    },
    /// It, or one that would have to go with it, can't be ended now.
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
}

impl fmt::Display for UnloadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(out, "no domain is called `{name}`"),
            Self::Gone { domain } => write!(out, "domain {domain} has ended"),
            Self::NotNow { name, state } => write!(out, "`{name}` is {state}"),
            Self::InUse { name, users } => write!(out, "`{name}` is used by {}", users.join(", ")),
            Self::LastShell { name } => write!(out, "`{name}` is the last shell"),
        }
    }
}

impl core::error::Error for UnloadError {}

/// Whether those that are linked to a domain go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Users {
    /// They hinder its end.
    Stay,
    /// They end as well.
    Go,
}

/// An object on its way out.
struct Member {
    identity: Identity,
    places: Places,
}

/// Objects that leave together, since they may be linked to each other both ways.
struct Departure {
    members: Vec<Member>,
    ending: Lock<Ending>,
}

/// Begins the unload of the domain called `name`; says which end, it among them.
///
/// # Errors
/// [`UnloadError`]; all run on then.
///
/// # Context
/// Not in interrupt context. Does not wait; the end of each is told by the control interface's `ENDED`.
pub(crate) fn unload(name: &str, users: Users) -> Result<Vec<DomainId>, UnloadError> {
    let id = super::by_name(name).or_else(|| ending_by_name(name));
    let is_object = |id: &DomainId| TABLE.lock().iter().any(|node| node.id == *id && node.is_object());
    let id = id.filter(is_object).ok_or_else(|| UnloadError::Unknown { name: name.into() })?;
    end(id, users)
}

/// Ends the domain `id`: a container or draft at once, what runs as [`unload`] does.
///
/// # Errors
/// [`UnloadError`].
pub(super) fn destroy(id: DomainId) -> Result<(), UnloadError> {
    end(id, Users::Stay).map(drop)
}

/// Ends a domain whose load failed, and whoever is linked to it, whatever they are doing.
pub(super) fn abandon(id: DomainId) {
    let ids = {
        let mut nodes = TABLE.lock();
        let mut ids = users::with_users(id, &links(&nodes));
        // Whoever ends already does so once.
        ids.retain(|id| !nodes.iter().any(|node| node.id == *id && node.is_ending()));
        mark(&mut nodes, &ids);
        ids
    };
    begin(ids, Ending::begin());
}

/// Begins the end of a domain that another has replaced, and that is marked. What is on its way to it finds it for as long as
/// [`Ending::is_time_to_withdraw`] says; only its timers stop at once.
pub(super) fn retire(id: DomainId) {
    begin(alloc::vec![id], Ending::begin_late());
}

fn ending_by_name(name: &str) -> Option<DomainId> {
    TABLE.lock().iter().find(|node| node.is_ending() && *node.name == *name).map(|node| node.id)
}

fn end(id: DomainId, users: Users) -> Result<Vec<DomainId>, UnloadError> {
    let ids = choose(id, users)?;
    begin(ids.clone(), Ending::begin());
    Ok(ids)
}

/// Which domains end if `id` does; marks them.
fn choose(id: DomainId, users: Users) -> Result<Vec<DomainId>, UnloadError> {
    let mut nodes = TABLE.lock();
    let name = |id: DomainId| {
        nodes.iter().find(|node| node.id == id).map_or_else(String::new, |node| String::from(&*node.name))
    };
    if !nodes.iter().any(|node| node.id == id) {
        return Err(UnloadError::Gone { domain: id });
    }
    let links = links(&nodes);
    let direct = users::direct(id, &links);
    if users == Users::Stay && !direct.is_empty() {
        return Err(UnloadError::InUse { name: name(id), users: direct.into_iter().map(name).collect() });
    }
    let ids = users::with_users(id, &links);
    let is_held = |node: &&Node| ids.contains(&node.id) && !can_end(node);
    if let Some(node) = nodes.iter().find(is_held) {
        let state = node.unit().map_or(State::Created, |unit| unit.state);
        return Err(UnloadError::NotNow { name: String::from(&*node.name), state });
    }
    let has_shell = |are_meant: bool| {
        nodes.iter().any(|node| super::is_shell(node) && ids.contains(&node.id) == are_meant)
    };
    if has_shell(true) && !has_shell(false) {
        return Err(UnloadError::LastShell { name: name(id) });
    }
    mark(&mut nodes, &ids);
    Ok(ids)
}

fn can_end(node: &Node) -> bool {
    match &node.body {
        Body::Unit(unit) => matches!(unit.state, State::Running | State::Placed),
        Body::Draft(_) | Body::Container(_) => true,
        Body::Busy(..) | Body::Crates(_) => false,
    }
}

/// From here on nobody else can ask.
fn mark(nodes: &mut [Node], ids: &[DomainId]) {
    let members = nodes.iter_mut().filter(|node| ids.contains(&node.id));
    members.filter_map(Node::unit_mut).for_each(|unit| unit.state = State::Ending);
}

/// Takes what is in no place off at once, and begins the end of the others.
fn begin(ids: Vec<DomainId>, ending: Ending) {
    let member = |node: &Node| {
        let unit = node.unit().filter(|_| ids.contains(&node.id))?;
        Some(Member { identity: unit.identity.clone(), places: unit.places.clone() })
    };
    let members: Vec<Member> = TABLE.lock().iter().filter_map(member).collect();
    let is_placed = |id: &DomainId| members.iter().any(|member| member.identity.id() == *id);
    let unplaced: Vec<DomainId> = ids.into_iter().filter(|id| !is_placed(id)).collect();
    drop(take_out(&unplaced));
    if members.is_empty() {
        return;
    }
    let ids: Vec<DomainId> = members.iter().map(|member| member.identity.id()).collect();
    turn::end_soon(&ids);
    // First, so that an install which the withdrawal comes too early for is counted.
    members.iter().for_each(|member| watch::begin(authority(), member.places.text.clone()));
    let departure = Departure { members, ending: Lock::new(ending) };
    if ending.is_early() {
        departure.members.iter().for_each(|member| _ = clock::withdraw(&member.places.text));
    } else {
        withdraw_all(&departure);
    }
    wait_for_grace(Arc::new(departure));
}

fn withdraw_all(departure: &Departure) -> usize {
    let strands: usize = departure.members.iter().map(|member| strand::withdraw(member.identity.id())).sum();
    strands + turn::tidy(|| departure.members.iter().map(|member| withdraw(&member.places)).sum::<usize>())
}

/// Takes off everything that leads into the domain; says how much there was.
fn withdraw(places: &Places) -> usize {
    names::withdraw(authority(), places.text.clone())
        + spindle_nameserver::withdraw(authority(), places.text.clone())
        + clock::withdraw(&places.text)
        + spindle_capability::withdraw(authority(), places.text.clone())
        + registry::remove_bindings(authority(), places.text.clone())
        + registry::withdraw(authority(), &places.text, &places.data)
}

fn wait_for_grace(departure: Arc<Departure>) {
    GRACE.retire(Retired::new(move || {
        let next = departure.ending.lock().grace_is_over(cores::count());
        go_on(departure, next);
    }));
}

fn go_on(departure: Arc<Departure>, next: Next) {
    match next {
        Next::Wait => {}
        Next::Drain => drain_surplus(departure),
        Next::Recheck => {
            let seen = |member: &Member| watch::take(authority(), &member.places.text);
            let is_early = departure.ending.lock().is_early();
            let mut found = if is_early { 0 } else { withdraw_all(&departure) };
            found += departure.members.iter().map(seen).sum::<usize>();
            if is_early && departure.ending.lock().is_time_to_withdraw(found) {
                withdraw_all(&departure);
            }
            let next = departure.ending.lock().rechecked(found);
            go_on(departure, next);
        }
        Next::WaitForGrace => wait_for_grace(departure),
        Next::Free => free(&departure),
    }
}

/// Sends a parcel through what any core may take, and then one through each inbox: whoever has taken something before it
/// is in a turn that ends before its own drain.
fn drain_surplus(departure: Arc<Departure>) {
    let again = departure.clone();
    let parcel = Parcel::new(move || cores::online().for_each(|core| drain(departure.clone(), core)));
    if mailbox::post_surplus(authority(), parcel).is_err() {
        GRACE.retire(Retired::new(move || drain_surplus(again)));
    }
}

/// Sends a parcel through the inbox of `core`. Without a slot for it, it is tried again in a later turn of a run loop.
fn drain(departure: Arc<Departure>, core: CoreId) {
    let again = departure.clone();
    let parcel = Parcel::new(move || {
        let next = departure.ending.lock().core_is_drained();
        go_on(departure, next);
    });
    if mailbox::post_parcel(authority(), core, parcel).is_err() {
        GRACE.retire(Retired::new(move || drain(again, core)));
    }
}

fn free(departure: &Departure) {
    let ids: Vec<DomainId> = departure.members.iter().map(|member| member.identity.id()).collect();
    for Member { places, .. } in &departure.members {
        watch::end(authority(), &places.text);
        quota::end(authority(), &places.text);
        understudy::end(authority(), &places.text);
        names::end_understudy(authority(), &places.text);
    }
    for node in take_out(&ids) {
        if let Body::Unit(unit) = node.body {
            code::release(unit.code);
        }
    }
    for Member { identity, .. } in &departure.members {
        whereabouts::leave(identity.id());
        strand::forget(identity.id());
        heap::leave(identity.id());
        log::note(format_args!("domain {} {} ended", identity.id(), identity.name()));
        tell(Ended::new(authority(), identity.id(), identity.name()));
    }
}

/// Tells that a domain is gone: on the first core, where the shell listens.
fn tell(ended: Ended) {
    if let Err(full) = ENDED.post_from_kernel(authority(), CoreId::FIRST, ended) {
        let ended = full.into_event();
        // No slot is free: again in a later turn of a run loop.
        GRACE.retire(Retired::new(move || tell(ended)));
    }
}
