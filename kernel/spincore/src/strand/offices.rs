//! Offices: which schedulers stand, whose office each core is, and who has lost it.
//!
//! The word in a core's station says whose it is; its host sees that the next time that it looks, and hands over whom it keeps
//! (`governed.rs`). Here is the rest: names, owners, and why somebody has fallen.

use super::fall::Fall;
use super::keeper;
use super::station::Station;
use crate::authority::{KERNEL_NAME, authority};
use crate::whereabouts::running_at;
use crate::{log, ticks};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use spindle_control::SchedulerReport;
use spindle_domain::DomainId;
use spindle_event::{CoreId, cores, mailbox};
use spindle_scheduler::{OfficeError, Offices, Promise, Standing};
use spindle_sync::Lock;

/// The kernel's own.
const OWN: &str = "round_robin";
/// How many can stand.
const LIMIT: usize = 32;
/// The most that somebody may be kept waiting, in nanoseconds: as long as a strand may keep its core from being quiet.
const MOST_NS: u64 = 10_000_000_000;

/// Who stands. Lock order: before the heap's lock; nothing else is locked while this is held.
static STANDING: Lock<Vec<Candidate>> = Lock::new(Vec::new());

/// One who stands.
#[derive(Debug)]
struct Candidate {
    number: u64,
    name: String,
    /// Whose it is; nobody's for the kernel's.
    domain: Option<DomainId>,
    patience_ticks: Option<u64>,
    fallen: Option<String>,
}

/// What schedulers are served by.
pub(super) struct Served;

impl Offices for Served {
    fn stand(&self, standing: Standing<'_>) -> Result<(), OfficeError> {
        let Standing { number, name, code, promise } = standing;
        let patience_ticks = patience(promise)?;
        let candidate =
            Candidate { number, name: name.into(), domain: running_at(code), patience_ticks, fallen: None };
        let mut standing = STANDING.lock();
        if name == OWN || standing.iter().any(|other| other.name == name) {
            return Err(OfficeError::Known { name: name.into() });
        }
        if standing.len() >= LIMIT {
            return Err(OfficeError::TooMany { limit: LIMIT });
        }
        standing.push(candidate);
        Ok(())
    }

    fn withdraw(&self, candidate: u64) {
        self.resign(candidate, None);
        let gone: Vec<_> = STANDING.lock().extract_if(.., |other| other.number == candidate).collect();
        drop(gone);
    }

    fn appoint(&self, candidate: u64, core: Option<CoreId>) -> Result<(), OfficeError> {
        let standing = STANDING.lock();
        let unknown = || OfficeError::Unknown { name: candidate.to_string() };
        let found = standing.iter().find(|other| other.number == candidate).ok_or_else(unknown)?;
        put(found, core)
    }

    fn resign(&self, candidate: u64, core: Option<CoreId>) {
        for core in of(core) {
            take_from(candidate, core);
        }
    }
}

/// Appoints whoever is called `name`, the kernel's own among them.
pub(crate) fn appoint(name: &str, core: Option<CoreId>) -> Result<(), OfficeError> {
    let standing = STANDING.lock();
    if name != OWN {
        let unknown = || OfficeError::Unknown { name: name.into() };
        return put(standing.iter().find(|other| other.name == name).ok_or_else(unknown)?, core);
    }
    check(core)?;
    for core in of(core) {
        set(0, core, None);
    }
    Ok(())
}

/// All who stand, the kernel's own first.
pub(crate) fn reports() -> Vec<SchedulerReport> {
    let own =
        SchedulerReport { name: OWN.into(), domain: KERNEL_NAME.into(), cores: held_by(0), fallen: None };
    let mut found: Vec<_> = STANDING.lock().iter().map(Candidate::report).collect();
    found.insert(0, (own, None));
    let named = |(report, domain): (SchedulerReport, Option<DomainId>)| SchedulerReport {
        // Not under the lock.
        domain: domain.and_then(keeper::name).unwrap_or_else(|| KERNEL_NAME.into()),
        ..report
    };
    found.into_iter().map(named).collect()
}

/// Nobody of `domain` stands any more.
pub(super) fn forget(domain: DomainId) {
    let gone: Vec<_> = STANDING.lock().extract_if(.., |other| other.domain == Some(domain)).collect();
    for candidate in gone {
        for core in cores::online() {
            take_from(candidate.number, core);
        }
    }
}

/// `candidate` has lost its office, on all its cores.
///
/// # Context
/// A turn of a run loop, no lock held. Allocates.
pub(super) fn lose(candidate: u64, fall: Fall) {
    let fallen = {
        let mut standing = STANDING.lock();
        let found = standing.iter_mut().find(|other| other.number == candidate);
        found.filter(|other| other.fallen.is_none()).map(|other| {
            other.fallen = Some(fall.to_string());
            (other.name.clone(), other.domain)
        })
    };
    // Behind the note, so that nobody appoints it again meanwhile.
    for core in cores::online() {
        take_from(candidate, core);
    }
    // Of one that is not there any more nothing is said: its domain ends.
    let Some((name, domain)) = fallen else { return };
    let owner = domain.and_then(keeper::name).unwrap_or_else(|| KERNEL_NAME.into());
    let why = format!("its scheduler `{name}` has lost its office on core {}: {fall}", cores::current());
    log::warn(format_args!("{owner}: {why}"));
    if let Some(domain) = domain {
        keeper::fell(domain, &why);
    }
}

impl Candidate {
    fn report(&self) -> (SchedulerReport, Option<DomainId>) {
        let (name, domain) = (self.name.clone(), String::new());
        let report =
            SchedulerReport { name, domain, cores: held_by(self.number), fallen: self.fallen.clone() };
        (report, self.domain)
    }
}

fn patience(promise: Promise) -> Result<Option<u64>, OfficeError> {
    match promise {
        Promise::TickEach => Ok(None),
        Promise::Longest(longest_ns) if longest_ns > MOST_NS => {
            Err(OfficeError::TooPatient { longest_ns, most_ns: MOST_NS })
        }
        Promise::Longest(longest_ns) => Ok(Some(ticks::of_ns(longest_ns).max(1))),
    }
}

fn check(core: Option<CoreId>) -> Result<(), OfficeError> {
    match core {
        Some(core) if !core.is_online() => Err(OfficeError::Offline { core }),
        _ => Ok(()),
    }
}

fn put(candidate: &Candidate, core: Option<CoreId>) -> Result<(), OfficeError> {
    if let Some(why) = &candidate.fallen {
        return Err(OfficeError::Fallen { name: candidate.name.clone(), why: why.clone() });
    }
    check(core)?;
    for core in of(core) {
        set(candidate.number, core, candidate.patience_ticks);
    }
    Ok(())
}

/// That core, or all.
fn of(core: Option<CoreId>) -> impl Iterator<Item = CoreId> {
    cores::online().filter(move |other| core.is_none_or(|core| core == *other))
}

fn held_by(candidate: u64) -> Vec<CoreId> {
    cores::online().filter(|core| Station::of(core.index()).office() == candidate).collect()
}

fn set(candidate: u64, core: CoreId, patience_ticks: Option<u64>) {
    Station::of(core.index()).set_office(candidate, patience_ticks);
    // Its host is to see it, whatever runs there.
    mailbox::rouse(authority(), core);
}

fn take_from(candidate: u64, core: CoreId) {
    if Station::of(core.index()).take_office_from(candidate) {
        mailbox::rouse(authority(), core);
    }
}
