//! Domains: the table of loaded extensions, from bytes to running code and back.
//!
//! [`load`] puts a domain in, [`unload`] takes it out; both are walks of their own. A domain owns its pages and everything that
//! was installed by code that lies in them: ownership goes by address, never by what a caller says.
//!
//! Invariant: a domain is in the table from before its entry runs until its code can run no more, so whatever its code does
//! in between can be blamed on it.

pub(crate) mod ending;
pub(crate) mod grant;
pub(crate) mod load;
pub(crate) mod unload;

use crate::authority::authority;
use crate::whereabouts::{self, Places};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};
use grant::Grant;
use spindle_domain::{DomainId, Identity};
use spindle_machine::code::Sealed;
use spindle_sync::Lock;

/// Lock order: before the heap's lock; nothing else is locked while this is held.
static DOMAINS: Lock<Vec<Resident>> = Lock::new(Vec::new());

/// A domain as the table holds it.
#[derive(Debug)]
struct Resident {
    identity: Identity,
    grant: Grant,
    state: State,
    places: Places,
    code_bytes: usize,
    /// How often a handler or guard of it had to be given up.
    strikes: u64,
    /// The pages; taken out when they are freed.
    code: Sealed,
}

/// What a domain is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Its entry is running.
    Starting,
    /// Its entry has returned.
    Running,
    /// It is being unloaded.
    Ending,
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Ending => "ending",
        })
    }
}

/// What there is to say about a domain.
#[derive(Clone, Debug)]
pub(crate) struct DomainInfo {
    /// Its number.
    pub(crate) id: DomainId,
    /// Its name.
    pub(crate) name: String,
    /// What it was granted.
    pub(crate) grant: Grant,
    /// What it is doing.
    pub(crate) state: State,
    /// Where it lies.
    pub(crate) places: Places,
    /// Bytes of the code window that it takes.
    pub(crate) code_bytes: usize,
    /// How often a handler or guard of it had to be given up.
    pub(crate) strikes: u64,
}

/// Where `code` lies.
fn places_of(code: &Sealed) -> Places {
    Places { text: code.text_range(), rodata: code.rodata_range(), data: code.data_range() }
}

/// A domain of this name is loaded already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameTaken {
    /// The name.
    pub(crate) name: String,
}

impl fmt::Display for NameTaken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a domain called `{}` is loaded already", self.name)
    }
}

impl core::error::Error for NameTaken {}

/// Enters sealed code as a domain that is starting.
///
/// # Errors
/// [`NameTaken`]; the code is dropped, which gives its pages back.
fn enter(name: &str, grant: Grant, code: Sealed) -> Result<Identity, NameTaken> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let id = DomainId::new(authority(), NEXT.fetch_add(1, Ordering::Relaxed));
    let identity = Identity::new(authority(), id, name);
    let resident = Resident {
        identity: identity.clone(),
        grant,
        state: State::Starting,
        places: places_of(&code),
        code_bytes: code.size_bytes(),
        strikes: 0,
        code,
    };
    let mut domains = DOMAINS.lock();
    if domains.iter().any(|other| other.identity.name() == name) {
        // Unlocked first: dropping the code takes locks of its own.
        drop(domains);
        drop(resident);
        return Err(NameTaken { name: name.into() });
    }
    whereabouts::enter(id, resident.places.clone());
    domains.push(resident);
    Ok(identity)
}

/// The entry of a domain has returned well.
fn started(id: DomainId) -> Option<DomainInfo> {
    let mut domains = DOMAINS.lock();
    let resident = domains.iter_mut().find(|resident| resident.identity.id() == id)?;
    resident.state = State::Running;
    Some(resident.info())
}

/// Takes a domain out, with its pages.
fn leave(id: DomainId) -> Option<Sealed> {
    let mut domains = DOMAINS.lock();
    let at = domains.iter().position(|resident| resident.identity.id() == id)?;
    let resident = domains.swap_remove(at);
    drop(domains);
    whereabouts::leave(id);
    Some(resident.code)
}

/// All domains, in the order of their numbers.
pub(crate) fn list() -> Vec<DomainInfo> {
    let mut all: Vec<DomainInfo> = DOMAINS.lock().iter().map(Resident::info).collect();
    all.sort_by_key(|info| info.id);
    all
}

/// Whether a domain is loaded that was given control over the kernel: a shell, to whoever sits before it.
pub(crate) fn has_shell() -> bool {
    DOMAINS.lock().iter().any(Resident::is_shell)
}

/// Name of the domain that `address` lies in.
pub(crate) fn name_at(address: usize) -> Option<String> {
    let domains = DOMAINS.lock();
    let found = domains.iter().find(|resident| resident.places.contains(address))?;
    Some(found.identity.name().into())
}

/// Charges the domain that `address` lies in with one handler or guard that had to be given up.
pub(crate) fn strike(address: usize) {
    let mut domains = DOMAINS.lock();
    if let Some(resident) = domains.iter_mut().find(|resident| resident.places.contains(address)) {
        resident.strikes += 1;
    }
}

/// Writes the domain that `address` lies in and how far `address + beyond` is from its beginning, if it can be found without
/// waiting.
///
/// # Context
/// Any, a panic included.
pub(crate) fn write_place(out: &mut fmt::Formatter<'_>, address: usize, beyond: usize) -> fmt::Result {
    let Some(domains) = DOMAINS.try_lock() else { return write!(out, " (table of domains in use)") };
    match domains.iter().find(|resident| resident.places.contains(address)) {
        Some(resident) => {
            let distance = address.saturating_sub(resident.places.text.start) + beyond;
            write!(out, " {}+{distance:#x}", resident.identity.name())
        }
        None => Ok(()),
    }
}

impl Resident {
    fn info(&self) -> DomainInfo {
        DomainInfo {
            id: self.identity.id(),
            name: self.identity.name().into(),
            grant: self.grant,
            state: self.state,
            places: self.places.clone(),
            code_bytes: self.code_bytes,
            strikes: self.strikes,
        }
    }

    fn is_shell(&self) -> bool {
        self.grant == Grant::SpinTrusted && self.state != State::Ending
    }
}
