//! Budget: ends a handler that takes longer than it may, at a tick of its core's timer.
//!
//! Who is over its time is known to the boundary that its raise has set up (`spindle_sync::boundary`). Here it is decided
//! whether it can be given up where it is:
//!
//! - in its own code, at once;
//! - in a function of the kernel that it called, when that returns to it: nothing of the kernel is left half-done or locked.
//!   If that function waits, it sees that the time is over, and stops waiting;
//! - in code of another domain, which its raise has called without a boundary of its own, not now: that time is not its own.
//!   It is given a little more and looked at again.
//!
//! The kernel's own handlers are never given up. Where a call is nobody's in particular (destructors of whoever's, in the run
//! loop), it is given up whosever code it is found in.

use crate::authority::authority;
use crate::culprit;
use crate::whereabouts::running_at;
use spindle_machine::exception::{Interrupted, Return};
use spindle_sync::boundary::{self, Due, Tick};
use spindle_sync::this_core;

/// How soon to look again at what could not be given up, in microseconds; up to twice that.
const RETRY_US: u64 = 20;
const US_PER_SECOND: u64 = 1_000_000;

/// What is done about a call that is over its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict<R> {
    /// It is given up where it is.
    Now,
    /// It is given up when the kernel returns to it.
    OnReturn(R),
    /// It is looked at again.
    Later,
}

/// Looks after the budgets of this core; says when to do so again, in ticks of the counter.
///
/// # Context
/// Interrupt context.
pub(crate) fn tick(interrupted: &mut Interrupted<'_>, now: u64) -> u64 {
    let due = match boundary::tick(authority(), now, interrupted.pc()) {
        Tick::Idle => return u64::MAX,
        Tick::Later(deadline) => return deadline,
        Tick::Due(due) => due,
    };
    match judge(interrupted, &due) {
        Verdict::Now => {
            culprit::note(running_at(interrupted.pc()));
            interrupted.give_up(&due.landing(authority()));
        }
        Verdict::OnReturn(found) => {
            culprit::note(running_at(found.address));
            interrupted.give_up_on_return(found);
        }
        Verdict::Later => {}
    }
    // Whoever comes next on this core, an outer call for one, may be over its time too. Not always after the same time: what
    // goes round in step with it would be found in the same wrong place for ever.
    let again = soon(now, RETRY_US);
    boundary::again(authority(), again);
    again
}

/// When to look again in `us` microseconds, or up to twice that.
pub(crate) fn soon(now: u64, us: u64) -> u64 {
    let ticks = this_core::ticks_per_second() * us / US_PER_SECOND;
    now + ticks + spread(now) % ticks.max(1)
}

/// Some number, another one for each `now`.
fn spread(now: u64) -> u64 {
    // Fibonacci hashing: 2^64 by the golden ratio (Knuth, The Art of Computer Programming 3, 6.4).
    now.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48
}

fn judge(interrupted: &Interrupted<'_>, due: &Due) -> Verdict<Return> {
    let pc = interrupted.pc();
    // A walk does not say whose guard it asks, nor the run loop whose destructors it runs: it is that of whoever runs.
    let is_anyone_s = due.is_guard || due.code == 0;
    let owner = if is_anyone_s { None } else { running_at(due.code) };
    let found = interrupted.find_return(due.stack_begin(), |address| running_at(address).is_some());
    let caller = found.and_then(|found| Some((running_at(found.address)?, found)));
    decide(owner, is_anyone_s, running_at(pc), caller)
}

/// Decides by whose the overdue call is (known unless it can be anyone's), whose code runs, and which one, if any, has called it.
fn decide<D: PartialEq + Copy, R>(
    owner: Option<D>,
    is_anyone_s: bool,
    running: Option<D>,
    caller: Option<(D, R)>,
) -> Verdict<R> {
    let is_its_own = |domain: D| is_anyone_s || owner == Some(domain);
    match (running, caller) {
        (Some(domain), _) if is_its_own(domain) => Verdict::Now,
        (Some(_), _) => Verdict::Later,
        (None, Some((domain, found))) if is_its_own(domain) => Verdict::OnReturn(found),
        (None, _) => Verdict::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, decide};

    /// Domains are told apart by number.
    const ITS: u32 = 1;
    const OTHER: u32 = 2;
    const NOBODY: Option<(u32, ())> = None;

    #[test]
    fn a_handler_is_given_up_at_once_in_its_own_code_only() {
        assert_eq!(decide(Some(ITS), false, Some(ITS), NOBODY), Verdict::Now);
        assert_eq!(decide(Some(ITS), false, Some(OTHER), Some((ITS, ()))), Verdict::Later);
    }

    #[test]
    fn a_function_of_the_kernel_returns_to_its_caller_s_end() {
        assert_eq!(decide(Some(ITS), false, None, Some((ITS, "here"))), Verdict::OnReturn("here"));
        assert_eq!(decide(Some(ITS), false, None, Some((OTHER, "here"))), Verdict::Later);
        assert_eq!(decide(Some(ITS), false, None, NOBODY), Verdict::Later);
    }

    #[test]
    fn a_handler_of_the_kernel_is_never_given_up() {
        assert_eq!(decide(None, false, None, NOBODY), Verdict::Later);
        assert_eq!(decide(None, false, Some(OTHER), NOBODY), Verdict::Later);
    }

    #[test]
    fn a_guard_is_given_up_whosever_it_is() {
        assert_eq!(decide(None, true, Some(OTHER), NOBODY), Verdict::Now);
        assert_eq!(decide(None, true, None, Some((OTHER, "here"))), Verdict::OnReturn("here"));
        assert_eq!(decide(None::<u32>, true, None, NOBODY), Verdict::Later);
    }
}
