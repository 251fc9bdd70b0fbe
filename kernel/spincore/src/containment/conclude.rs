//! Conclude: a failure is told, and the caller goes on.

use super::cleaning;
use super::failure::{What, name_of};
use super::search::{Found, Place};
use crate::authority::authority;
use crate::{culprit, domain, log, strand};
use spindle_domain::DomainId;
use spindle_event::{End, caught, trouble};
use spindle_machine::callers::{Callers, Elsewhere, Onward};
use spindle_machine::exception::{Cause, Fault};
use spindle_sync::{Lock, MAX_CORES, boundary, this_core};

/// How many words of a caller's frame are looked at to see which handler has its turn.
const FRAME_WORDS: usize = 128;
/// Where in a landing pad's number the culprit stands; below is how it ended.
const CULPRIT_SHIFT: u32 = 8;

/// What a core has to conclude as soon as the exception returns that found it. Lock order: taken alone, by its core only.
static LATER: [Lock<Option<Later>>; MAX_CORES] = [const { Lock::new(None) }; MAX_CORES];

/// A failure that was found in interrupt context.
struct Later {
    found: Found,
    end: End,
    cause: Cause,
    address: u64,
}

/// Has `frame` cleaned up at `pad`.
pub(super) fn run_pad(frame: Callers, pad: usize, culprit: DomainId, end: End) -> ! {
    let token = u64::from(culprit.number()) << CULPRIT_SHIFT | end as u64;
    // The pad's own calls take the place of what was called from that frame.
    boundary::leave_below(authority(), frame.sp());
    super::hold(false);
    frame.go_on(authority(), Onward::CleanUp(pad, token))
}

/// What [`run_pad`] has given a landing pad to bring back.
pub(super) fn read(token: u64) -> (DomainId, End) {
    let ends = [End::Panicked, End::Overran, End::Faulted, End::Overflowed, End::Lingered];
    let end = ends.into_iter().find(|end| *end as u64 == token & 0xff).unwrap_or(End::Panicked);
    (DomainId::new(authority(), (token >> CULPRIT_SHIFT) as u32), end)
}

/// Charges whoever was given up last on this core with what has ended so: something that the kernel ran, for nobody in particular.
pub(crate) fn blame_last(end: End) {
    let Some(culprit) = culprit::noted() else { return };
    domain::strike_domain(culprit);
    log::warn(format_args!("{}: {end} in what the kernel ran for it", name_of(culprit)));
}

/// Tells of the failure, and goes on at the caller.
///
/// # Context
/// On the stack of what is given up, or above the caller; no lock held. Allocates.
pub(super) fn conclude(found: Found, end: End) -> ! {
    super::hold(true);
    let (by_other, is_certain) = (found.is_by_other(), found.is_certain());
    let Found { culprit, callers, place, .. } = found;
    cleaning::end(callers.sp());
    boundary::leave_below(authority(), callers.sp());
    culprit::note(is_certain.then_some(culprit));
    match place {
        Place::Boundary => {
            let is_own = boundary::innermost_code().is_none_or(|code| is_of(code, culprit));
            if !is_own || !is_certain {
                trouble::excuse_next(authority());
            }
            if !is_own {
                domain::strike_domain(culprit);
            }
            super::hold(false);
            boundary::give_up(authority(), end);
            panic!("a boundary was found that is not there");
        }
        Place::Handler(function, catch) => {
            if by_other {
                trouble::excuse_next(authority());
                domain::strike_domain(culprit);
            }
            caught::report(authority(), function, callers.words(FRAME_WORDS), end);
            let onward = match catch {
                caught::Catch::Return => Onward::Return,
                caught::Catch::Instead(function) => Onward::Instead(function),
            };
            super::hold(false);
            callers.go_on(authority(), onward)
        }
        Place::Kernel => {
            if !strand::is_told_to(end) {
                blame_last(end);
            }
            super::hold(false);
            callers.go_on(authority(), Onward::Return)
        }
    }
}

/// Whether the code at `address` is the domain's, or a walk's over whoever's guards.
fn is_of(address: usize, domain: DomainId) -> bool {
    address == 0 || crate::whereabouts::running_at(address) == Some(domain)
}

/// Has the failure concluded when the exception returns.
pub(super) fn later(found: Found, end: End, fault: &Fault) -> Elsewhere {
    // Now, since what concludes it takes the place on the stack.
    boundary::leave_below(authority(), found.callers.sp());
    let elsewhere = found.callers.elsewhere(authority(), conclude_later);
    let later = Later { found, end, cause: fault.cause, address: fault.far };
    *LATER[this_core::index()].lock() = Some(later);
    elsewhere
}

/// Where the exception returns to.
extern "C" fn conclude_later() -> ! {
    let later = LATER[this_core::index()].lock().take();
    let Some(Later { found, end, cause, address }) = later else {
        panic!("an exception has left nothing to conclude");
    };
    // That it was told to end is nobody's failure.
    if cause != Cause::CalledOff || !strand::is_told_to(end) {
        super::tell(found.failure(What::Faulted(end, cause, address)));
    }
    conclude(found, end)
}
