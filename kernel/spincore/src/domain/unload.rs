//! Unload: from a running domain to free pages, without waiting for anybody.
//!
//! The load walk backwards, with a grace period. The caller only begins it; what follows runs in the run loops, when it is
//! time ([`Ending`] says when), and ends with the control interface's `ENDED` event. So a handler of the very domain may
//! ask for its own unload.
//!
//! 1. Mark the domain as ending; from here on nobody else can ask.
//! 2. Watch what its code still does, and withdraw what leads into it: bindings, events, names, timers.
//! 3. Wait for the grace period: nobody is inside any more who was.
//! 4. Drain: a parcel through every inbox, behind everything that the domain posted before.
//! 5. Withdraw again, and ask what its code was seen to do: its destructors run wherever something of it is freed. Then again
//!    from step 3, until nothing was found so often in a row that nothing can be left; [`super::ending`] has the argument.
//! 6. Take it off the table, unmap its pages, tell.

use super::ending::{Ending, Next};
use super::{DOMAINS, State};
use crate::authority::authority;
use crate::whereabouts::Places;
use crate::{clock, log};
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use spindle_control::{ENDED, Ended};
use spindle_domain::{DomainId, Identity, names};
use spindle_event::{CoreId, cores, mailbox, registry, watch};
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
    /// It is being unloaded already.
    Ending {
        /// The domain's name.
        name: String,
    },
    /// Its entry has not returned yet.
    Starting {
        /// The domain's name.
        name: String,
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
            Self::Ending { name } => write!(out, "`{name}` is being unloaded already"),
            Self::Starting { name } => write!(out, "`{name}` is still starting"),
            Self::LastShell { name } => write!(out, "`{name}` is the last shell"),
        }
    }
}

impl core::error::Error for UnloadError {}

/// A domain on its way out.
struct Departure {
    identity: Identity,
    places: Places,
    ending: Lock<Ending>,
}

/// Begins the unload of the domain called `name`.
///
/// # Errors
/// [`UnloadError`]; the domain runs on then.
///
/// # Context
/// Not in interrupt context. Does not wait; the end is told by the control interface's `ENDED`.
pub(crate) fn unload(name: &str) -> Result<DomainId, UnloadError> {
    let (identity, places) = mark(name)?;
    let id = identity.id();
    begin(identity, places);
    Ok(id)
}

/// Begins the unload of a domain whose entry failed.
pub(super) fn abandon(id: DomainId) {
    let found = DOMAINS.lock().iter_mut().find(|resident| resident.identity.id() == id).map(|resident| {
        resident.state = State::Ending;
        (resident.identity.clone(), resident.places.clone())
    });
    if let Some((identity, places)) = found {
        begin(identity, places);
    }
}

/// Marks a running domain as ending.
fn mark(name: &str) -> Result<(Identity, Places), UnloadError> {
    let mut domains = DOMAINS.lock();
    let shells = domains.iter().filter(|resident| resident.is_shell()).count();
    let Some(resident) = domains.iter_mut().find(|resident| resident.identity.name() == name) else {
        return Err(UnloadError::Unknown { name: name.into() });
    };
    match resident.state {
        State::Ending => Err(UnloadError::Ending { name: name.into() }),
        State::Starting => Err(UnloadError::Starting { name: name.into() }),
        State::Running if resident.is_shell() && shells == 1 => {
            Err(UnloadError::LastShell { name: name.into() })
        }
        State::Running => {
            resident.state = State::Ending;
            Ok((resident.identity.clone(), resident.places.clone()))
        }
    }
}

fn begin(identity: Identity, places: Places) {
    // First, so that an install which the withdrawal comes too early for is counted.
    watch::begin(authority(), places.text.clone());
    withdraw(&places);
    wait_for_grace(Arc::new(Departure { identity, places, ending: Lock::new(Ending::begin()) }));
}

/// Takes off everything that leads into the domain; says how much there was.
fn withdraw(places: &Places) -> usize {
    names::withdraw(authority(), places.text.clone())
        + clock::withdraw(&places.text)
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
            let places = &departure.places;
            let found = withdraw(places) + watch::take(authority(), &places.text);
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
    let identity = &departure.identity;
    watch::end(authority(), &departure.places.text);
    if let Some(code) = super::leave(identity.id()) {
        code::release(code);
    }
    log::note(format_args!("domain {} {} ended", identity.id(), identity.name()));
    tell(Ended::new(authority(), identity.id(), identity.name()));
}

/// Tells that a domain is gone: on the first core, where the shell listens.
fn tell(ended: Ended) {
    if let Err(full) = ENDED.post_from_kernel(authority(), CoreId::FIRST, ended) {
        let ended = full.into_event();
        // No slot is free: again in a later turn of a run loop.
        GRACE.retire(Retired::new(move || tell(ended)));
    }
}
