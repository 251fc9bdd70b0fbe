//! Restart: an extension that was at fault too often is ended and started again, as its policy says, or stays down.
//!
//! It begins where a handler or guard was uninstalled for what it did. Without a policy that is all there is. With one, its domain ends, is
//! loaded again out of the boot archive, linked to the same domains and with the same quotas, after a delay that grows; at
//! last it stays down, and the default handlers of what it handled serve. Whoever loads it by hand begins anew.
//!
//! Does not know what a failure is, nor how a domain is loaded.

mod history;

use crate::domain::unload::{self, Users};
use crate::domain::{self, DomainInfo};
use crate::{log, uptime};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use history::{History, Next};
use spindle_clock::Timer;
use spindle_control::FallenReport;
use spindle_domain::{DomainId, Quotas, Restart};
use spindle_event::cores;
use spindle_sync::{Lock, Once};

/// How long to wait until the end of a domain is looked for again, in nanoseconds.
const RETRY_NS: u64 = 20_000_000;
/// Most that are remembered; the one that has been down for longest is forgotten.
const MOST: usize = 64;

/// Loads an extension again: its name, names of what it is linked to, and what it may have.
type Load = fn(&str, &str, Quotas) -> Result<(), String>;

static LOAD: Once<Load> = Once::INIT;

/// Those that were at fault too often. Lock order: taken alone.
static FALLEN: Lock<Vec<Fallen>> = Lock::new(Vec::new());

/// An extension that was at fault too often.
struct Fallen {
    name: String,
    policy: Restart,
    /// Names of the domains that it is linked to.
    with: String,
    quotas: Quotas,
    history: History,
    stage: Stage,
    /// What it was at fault for last.
    why: String,
    /// Kept so that it does expire.
    timer: Option<Timer>,
}

/// Where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is to be started again.
    Due,
    /// It was.
    Up,
    /// It stays down.
    Down,
}

/// Says how an extension is loaded again. The first call counts.
pub(crate) fn set_load(load: Load) {
    LOAD.call_once(|| load);
}

/// The domain `id` was at fault too often: `why`.
///
/// # Context
/// In a turn of the run loop, no lock held. Allocates.
pub(crate) fn fell(id: DomainId, why: &str) {
    let Some((info, policy)) = domain::describe_policy(id) else { return };
    if policy == Restart::NEVER {
        return;
    }
    let name = info.name.clone();
    match unload::unload(&name, Users::Stay) {
        Ok(_) => decide(info, policy, why),
        Err(error) => {
            log::warn(format_args!("{name} was at fault too often, and is not started again: {error}"))
        }
    }
}

/// Somebody loads or ends the domain called `name` by hand: what was is forgotten, and what was due is not done.
pub(crate) fn forget(name: &str) {
    let gone: Vec<Fallen> = FALLEN.lock().extract_if(.., |fallen| fallen.name == name).collect();
    // Not with the lock: a timer's end is a withdrawal.
    drop(gone);
}

/// Those that were at fault too often and do not run.
pub(crate) fn fallen() -> Vec<FallenReport> {
    let fallen = FALLEN.lock();
    let is_down = |fallen: &&Fallen| fallen.stage != Stage::Up;
    let report = |fallen: &Fallen| FallenReport {
        name: fallen.name.clone(),
        why: fallen.why.clone(),
        most: fallen.policy.most(),
        within_s: fallen.policy.within_s(),
        is_due: fallen.stage == Stage::Due,
    };
    fallen.iter().filter(is_down).map(report).collect()
}

fn decide(info: DomainInfo, policy: Restart, why: &str) {
    let now_ns = uptime::now_ns();
    let mut known = FALLEN.lock().extract_if(.., |fallen| fallen.name == info.name).last();
    let mut history = known.as_mut().map(|known| core::mem::take(&mut known.history)).unwrap_or_default();
    let next = history.next(policy, now_ns);
    let name = info.name.clone();
    let stage = if next == Next::Down { Stage::Down } else { Stage::Due };
    let new = Fallen {
        with: info.sources.join(","),
        quotas: info.quotas,
        why: why.into(),
        timer: None,
        name: info.name,
        policy,
        history,
        stage,
    };
    let forgotten = {
        let mut fallen = FALLEN.lock();
        fallen.push(new);
        (fallen.len() > MOST).then(|| fallen.remove(0))
    };
    drop((known, forgotten));
    match next {
        Next::After { delay_ns, count } => {
            let (most, delay_ms) = (policy.most(), delay_ns / 1_000_000);
            log::warn(format_args!("{name} is started again in {delay_ms} ms, {count} of {most} times"));
            schedule(&name, delay_ns);
        }
        Next::Down => {
            let (most, within_s) = (policy.most(), policy.within_s());
            log::warn(format_args!("{name} stays down: {most} restarts in {within_s} s are all it may have"));
        }
    }
}

/// Has it loaded after a while, on this core.
fn schedule(name: &str, delay_ns: u64) {
    let meant = String::from(name);
    match Timer::once(cores::current(), delay_ns, move |_| begin_again(&meant)) {
        Ok(timer) => {
            let mut fallen = FALLEN.lock();
            let known = fallen.iter_mut().find(|fallen| fallen.name == name);
            let old = known.and_then(|known| known.timer.replace(timer));
            drop(fallen);
            drop(old);
        }
        Err(error) => stay_down(name, &format!("no timer for its restart: {error}")),
    }
}

/// Loads it, if it has ended by now.
fn begin_again(name: &str) {
    let due = |fallen: &&mut Fallen| fallen.name == name && fallen.stage == Stage::Due;
    let what = {
        let mut fallen = FALLEN.lock();
        fallen.iter_mut().find(due).map(|fallen| (fallen.with.clone(), fallen.quotas))
    };
    let Some((with, quotas)) = what else { return };
    if domain::list().iter().any(|info| info.name == name) {
        schedule(name, RETRY_NS);
        return;
    }
    let Some(load) = LOAD.get() else { return };
    match load(name, &with, quotas) {
        Ok(()) => {
            if let Some(fallen) = FALLEN.lock().iter_mut().find(due) {
                fallen.stage = Stage::Up;
            }
            log::note(format_args!("{name} was started again"));
        }
        Err(refused) => stay_down(name, &refused),
    }
}

fn stay_down(name: &str, why: &str) {
    if let Some(fallen) = FALLEN.lock().iter_mut().find(|fallen| fallen.name == name) {
        (fallen.stage, fallen.why) = (Stage::Down, why.into());
    }
    log::warn(format_args!("{name} stays down: {why}"));
}
