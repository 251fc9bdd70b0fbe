//! Containment: what fails in an extension's code is given up, and the raise that called it goes on.
//!
//! Nothing is noted beforehand. A panic, or an exception of the machine, walks the stack from where it happened, with the tables
//! of frames, to the innermost place at which a caller can go on (`search.rs`): a boundary, the call of a handler, or the run
//! loop. After a panic the frames between are cleaned up, so destructors run; what has failed otherwise may stand at any
//! instruction, and is left as it is. Then the failure is told, and the caller goes on (`conclude.rs`).
//!
//! *Whose it is.* The innermost frame that is an extension's says who has failed, also when it is a function of the kernel that failed
//! for it. A handler of another domain that had called into that one is given up with it, but not struck.
//!
//! *When the stack can't be read*, the innermost boundary is given up (`refuge.rs`).
//!
//! *When not.* With interrupts masked a lock may be held, and where no extension's frame stands between failure and caller it
//! is the kernel's own: then the kernel ends, with a report.
//!
//! A panic in a destructor that runs because of a panic gives up the rest without cleaning up.

mod cleaning;
mod conclude;
mod failure;
mod refuge;
mod search;

use crate::authority::authority;
use crate::strand::Keeper;
use crate::whereabouts::running_at;
use crate::{domain, log, restart, strand, timer, turn};
use alloc::format;
pub(crate) use conclude::blame_last;
use conclude::conclude;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};
use failure::{Failure, What, Words};
use refuge::refuge;
pub(crate) use search::set_run_loop;
pub(crate) use search::whose;
use search::{Found, Trust, search, search_anyhow};
use spindle_domain::DomainId;
use spindle_event::{End, Trouble, registry, share, trouble};
use spindle_machine::callers::{Callers, Elsewhere};
use spindle_machine::exception::{Cause, Fault};
use spindle_machine::reserve;
use spindle_sync::{MAX_CORES, boundary, foreign, this_core};
use spindle_unwind::Rule;

/// Whether a core is at a failure, so that nobody else is given up there.
static HELD: [AtomicBool; MAX_CORES] = [const { AtomicBool::new(false) }; MAX_CORES];
/// Whether a core is telling of a panic. A message that panics while it is formatted is not formatted again.
static TELLING: [AtomicBool; MAX_CORES] = [const { AtomicBool::new(false) }; MAX_CORES];

/// Whether this core is about to contain a failure, to tell of it, or to clean up behind it.
pub(crate) fn is_at_work() -> bool {
    let core = this_core::index();
    // Relaxed: each is written by this core.
    HELD[core].load(Ordering::Relaxed) || TELLING[core].load(Ordering::Relaxed) || cleaning::is_at_work()
}

/// Has nobody else given up on this core as long as it `is_held`.
fn hold(is_held: bool) {
    HELD[this_core::index()].store(is_held, Ordering::Relaxed);
    boundary::hold(authority(), is_held);
}

/// Has a failure told, wherever little memory is left.
fn tell(failure: Failure) {
    let telling = &TELLING[this_core::index()];
    let before = telling.swap(true, Ordering::Relaxed);
    failure.tell();
    telling.store(before, Ordering::Relaxed);
}

/// Begins to be told of trouble.
pub(crate) fn serve() {
    strand::set_keeper(Keeper {
        give_up: end_strand,
        is_giving_up: is_at_work,
        name: domain::name,
        fell: |domain, why| {
            domain::strike_domain(domain);
            restart::fell(domain, why);
        },
    });
    registry::set_domains(authority(), domain::name_at);
    trouble::set_kernel(authority(), charge);
    foreign::set_told(authority(), charge_destructor);
    share::set_told(authority(), |exhausted| {
        log::warn(format_args!(
            "{}: {exhausted}",
            domain::name_at(exhausted.code).as_deref().unwrap_or("kernel")
        ));
    });
}

/// Gives up what has panicked, if it can be contained; comes back if not.
///
/// # Context
/// The panic handler.
pub(crate) fn contain(info: &PanicInfo<'_>) {
    if this_core::is_masked() {
        return;
    }
    let Some(here) = Callers::here() else { return };
    hold(true);
    let Some(found) = search_anyhow(here.clone()) else { return };
    let telling = &TELLING[this_core::index()];
    if !telling.swap(true, Ordering::Relaxed) {
        // Its words are its own code, and can take too long.
        hold(false);
        let message = Words::of(info.message());
        hold(true);
        let message = match info.location() {
            Some(place) => format!(" at {place}: {message}"),
            None => format!(": {message}"),
        };
        found.failure(What::Panicked(message)).tell();
    }
    telling.store(false, Ordering::Relaxed);
    if found.trust != Trust::Walked || cleaning::is_up_to(found.callers.sp()) {
        conclude(found, End::Panicked);
    }
    cleaning::begin(found.callers.sp());
    if found.is_strand() {
        // Its destructors are to run, and not to leave the core in the middle of it.
        strand::end_running();
    }
    clean_up(here, found.culprit, End::Panicked)
}

/// Gives up the strand that runs here, with its destructors, since it was told to end. That is nobody's failure.
///
/// # Context
/// A strand at its own level, whose code is `owner`'s.
fn end_strand(owner: DomainId) -> ! {
    hold(true);
    let found = Callers::here().and_then(|here| Some((here.clone(), search(here, Some(owner))?)));
    let Some((here, found)) = found else { panic!("a strand that is to end has nowhere to go on") };
    if cleaning::is_up_to(found.callers.sp()) {
        conclude(found, End::Lingered);
    }
    cleaning::begin(found.callers.sp());
    clean_up(here, owner, End::Lingered)
}

/// Where the core goes on after `fault`, if that can be contained.
///
/// # Context
/// The machine's upcall, in interrupt context. Where interrupts were let in nothing is locked on this core.
pub(crate) fn contain_fault(fault: &Fault) -> Option<Elsewhere> {
    if is_full_in_the_kernel(fault) {
        // It may hold a lock. So it comes to its end first.
        timer::look_soon();
        return Some(Elsewhere::on_reserve(authority(), fault, |address| running_at(address).is_some()));
    }
    if fault.cause == Cause::FullOnReturn {
        return overflow(fault);
    }
    if fault.cause == Cause::CalledOff {
        // Who can't be given up goes on, and is called off again.
        let found = Callers::of_fault(fault).and_then(|here| search(here, None));
        let end = if reserve::is_open() { End::Overflowed } else { turn::end_of(fault.elr as usize) };
        return Some(found.map_or(Elsewhere::NOWHERE, |found| conclude::later(found, end, fault)));
    }
    let is_synchronous = !matches!(fault.cause, Cause::SystemError | Cause::UnexpectedVector(_));
    if !is_synchronous || !fault.is_interruptible() {
        return None;
    }
    let (found, end) = match Callers::of_fault(fault) {
        Some(mut here) => {
            // It went to where no code is, so the frame is still that of who sent it there; but for a return to a wrong address,
            // which leaves no trace.
            let is_astray = matches!(fault.cause, Cause::InstructionAbort | Cause::PcAlignment);
            if is_astray {
                here.step(&Rule::NOTHING);
            }
            let is_full = matches!(fault.cause, Cause::DataAbort { .. }) && here.is_below_stack(fault.far);
            let by_message = || if is_astray { search::astray(here.clone()) } else { None };
            let found = search_anyhow(here.clone()).or_else(by_message)?;
            (found, if is_full { End::Overflowed } else { End::Faulted })
        }
        None => (refuge(fault.sp as usize)?, End::Faulted),
    };
    Some(conclude::later(found, end, fault))
}

/// Whether the stack was found full by a function of the kernel, or with interrupts masked, and its reserve is still to be had.
fn is_full_in_the_kernel(fault: &Fault) -> bool {
    let is_ours = || !fault.is_interruptible() || running_at(fault.elr as usize).is_none();
    matches!(fault.cause, Cause::DataAbort { .. })
        && !reserve::is_open()
        && Callers::of_fault(fault).is_some_and(|here| here.is_below_stack(fault.far))
        && is_ours()
}

/// A function of the kernel that had found the stack full has come back to who called it.
fn overflow(fault: &Fault) -> Option<Elsewhere> {
    if !fault.is_interruptible() {
        // It was called with interrupts masked, and goes on until it lets them in.
        timer::look_soon();
        return Some(Elsewhere::NOWHERE);
    }
    let found = search(Callers::of_fault(fault)?, None)?;
    Some(conclude::later(found, End::Overflowed, fault))
}

/// A landing pad has come to its end: the next frame is cleaned up, until there is none before the caller that goes on.
///
/// # Context
/// The machine's upcall, on the stack of that frame.
pub(crate) fn cleaned_up(token: u64, callers: Option<Callers>) -> ! {
    hold(true);
    let (culprit, end) = conclude::read(token);
    match callers {
        Some(mut callers) => match search::step(&mut callers) {
            true => clean_up(callers, culprit, end),
            false => panic!("a frame that was cleaned up has no caller"),
        },
        None => panic!("a frame that was cleaned up lies on no stack"),
    }
}

/// Cleans up the first frame that has something to clean up, from `callers` on; then it goes on with [`cleaned_up`].
fn clean_up(callers: Callers, culprit: DomainId, end: End) -> ! {
    match search::next_pad(callers.clone(), culprit) {
        Some((frame, pad)) => conclude::run_pad(frame, pad, culprit, end),
        None => match search(callers, Some(culprit)) {
            Some(found) => conclude(found, end),
            None => panic!("nobody goes on where somebody was found to"),
        },
    }
}

/// Charges the domain whose destructor had to be given up, which is code at `code`.
fn charge_destructor(code: usize, end: End) {
    domain::strike(code);
    let name = domain::name_at(code);
    log::warn(format_args!("{}: a destructor {end}", name.as_deref().unwrap_or("kernel")));
}

/// Charges the domain whose handler had to be given up, in a later turn of the core where it was.
fn charge(trouble: &Trouble) {
    // Its message may have taken too long, so that nobody has said that it is told.
    TELLING[trouble.core.index()].store(false, Ordering::Relaxed);
    if !trouble.by_other {
        domain::strike(trouble.code);
    }
    let name = domain::name_at(trouble.code);
    log::warn(format_args!("{}: {trouble}", name.as_deref().unwrap_or("kernel")));
    if trouble.is_quarantined
        && let Some(id) = domain::at(trouble.code)
    {
        restart::fell(id, &format!("{trouble}"));
    }
}

impl Found {
    /// What there is to tell of it.
    fn failure(&self, what: What) -> Failure {
        let (culprit, trail) = (self.culprit, self.trail.clone());
        Failure { culprit, what, trail, is_certain: self.is_certain() }
    }

    /// Whether it is known that it was the culprit.
    fn is_certain(&self) -> bool {
        !matches!(self.trust, Trust::Doubtful | Trust::Astray)
    }

    /// Whether the caller that goes on had called the culprit's code by way of somebody else's.
    fn is_by_other(&self) -> bool {
        self.victim.is_some_and(|victim| victim != self.culprit)
    }
}
