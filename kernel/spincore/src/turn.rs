//! Turn: whose code a core runs for long, and when that is ended although it has no budget.
//!
//! A core that is awake looks at itself once a second, in an interrupt of its timer; one that has slept all the time stops looking
//! until it is woken. When the turn of its run loop is the same as at the look before, what runs there is noted, for
//! whoever asks what keeps a core. It is called off:
//!
//! - when somebody has asked for the end of its domain [`LINGER_SECONDS`] ago: no grace period ends before the turn does, so nobody
//!   would ever see that end;
//! - when something was seen to wait for its end in the core's inbox at [`PATIENCE_LOOKS`] looks. On a machine with one core nobody
//!   could even ask, since the shell waits there. A turn for which nothing waits takes as long as it likes.
//!
//! What is called off fails where it is, as by a fault, and `containment` does the rest. That is done in an extension's own code
//! only. In a function of the kernel or of another domain that it has called it is looked at again, soon, and until it is found in its own; if a
//! function of the kernel waits there, it stops waiting.
//!
//! While the kernel drops what a domain has left, its end is no reason to call anything off: there can be thousands of values, a
//! destructor has a limit of its own, and what stood between would be lost with it ([`tidy`]).
//!
//! Seconds are looks: while its host does not let a machine run, it does not look either.
//!
//! This file does not know how an end goes on, nor how what fails is contained.

use crate::authority::authority;
use crate::budget;
use crate::counts::{self, Counts};
use crate::whereabouts::{self, running_at};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use spindle_domain::DomainId;
use spindle_event::{CoreId, End, cores, mailbox};
use spindle_machine::exception::Interrupted;
use spindle_sync::{MAX_CORES, boundary, this_core};

/// How long code of a domain may still run when somebody has asked for the domain's end, in seconds: well
/// beyond what a destructor may take. Whoever waits for the end notices no more than that.
const LINGER_SECONDS: u64 = 1;
/// At how many looks something may be found to wait for the end of a turn: in seconds, what an entry may take.
const PATIENCE_LOOKS: u64 = 10;
/// How long from one look to the next.
const LOOK_SECONDS: u64 = 1;
/// How soon to look again at what can't be called off where it is, in microseconds; up to twice that.
const RETRY_US: u64 = 100;
/// How soon to look again whether the reserve of a stack is still needed, in microseconds; up to twice that.
const RESERVE_US: u64 = 20;
const NEVER: u64 = u64::MAX;

static TURNS: [Turn; MAX_CORES] = [const { Turn::new() }; MAX_CORES];

/// What a core has seen of its own turn. Written by its interrupts only, and read by whoever shows it: each word stands for itself.
#[derive(Debug)]
struct Turn {
    /// How many turns were over, and how often it had slept.
    count: AtomicU64,
    sleeps: AtomicU64,
    /// When this one was first seen, in ticks, and at how many looks since.
    since: AtomicU64,
    looks: AtomicU64,
    /// At how many of these something waited.
    waits: AtomicU64,
    /// When the next look is due that counts.
    due: AtomicU64,
    /// Whose code was found; zero for the kernel's.
    domain: AtomicU32,
}

impl Turn {
    const fn new() -> Self {
        Self {
            count: AtomicU64::new(NEVER),
            sleeps: AtomicU64::new(0),
            since: AtomicU64::new(0),
            looks: AtomicU64::new(0),
            waits: AtomicU64::new(0),
            due: AtomicU64::new(0),
            domain: AtomicU32::new(0),
        }
    }

    /// Another turn is seen for the first time.
    fn begin(&self, now: u64) {
        self.since.store(now, Ordering::Relaxed);
        self.looks.store(0, Ordering::Relaxed);
        self.waits.store(0, Ordering::Relaxed);
        self.due.store(now.saturating_add(ticks(LOOK_SECONDS)), Ordering::Relaxed);
    }
}

/// What is found at a look.
#[derive(Clone, Copy, Debug)]
struct View {
    /// At how many looks the turn was the same.
    looks: u64,
    /// At how many of them something waited for its end.
    waits: u64,
    /// Whether an extension's own code runs.
    is_foreign: bool,
    /// Whether that is not to run any more, or has called what runs; whether there is such code at all.
    is_over: bool,
    is_called_by_over: bool,
    is_any_over: bool,
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It goes on.
    GoesOn,
    /// It is looked at again, soon; whether what waits there is to stop waiting.
    Soon(bool),
    /// It is called off where it is.
    CalledOff,
}

fn decide(view: View) -> Verdict {
    let is_too_long = view.waits >= PATIENCE_LOOKS;
    if view.looks == 0 {
        Verdict::GoesOn
    } else if view.is_over || is_too_long && view.is_foreign {
        Verdict::CalledOff
    } else if is_too_long || view.is_any_over {
        Verdict::Soon(is_too_long || view.is_called_by_over)
    } else {
        Verdict::GoesOn
    }
}

/// Looks at this core's turn; says when to do so again, in ticks of the counter.
///
/// # Context
/// Interrupt context.
pub(crate) fn look(interrupted: &mut Interrupted<'_>, now: u64) -> u64 {
    let (is_open, is_on_reserve) = interrupted.settle_reserve();
    if is_open {
        if is_on_reserve && running_at(interrupted.pc()).is_some() {
            // Beyond the end of its stack, which only a function of the kernel is let to.
            interrupted.call_off();
        }
        return budget::soon(now, RESERVE_US);
    }
    let core = cores::current();
    let turn = &TURNS[core.index()];
    let (count, sleeps) = counts::turns(core);
    let is_same = turn.count.swap(count, Ordering::Relaxed) == count;
    let has_slept = turn.sleeps.swap(sleeps, Ordering::Relaxed) != sleeps;
    if !is_same || has_slept {
        turn.begin(now);
        boundary::call_off(authority(), false);
        // It has slept, but for the look itself.
        if is_same {
            Counts::of(core.index()).is_looking.store(false, Ordering::Relaxed);
            return NEVER;
        }
        return turn.due.load(Ordering::Relaxed);
    }
    if turn.due.load(Ordering::Relaxed) <= now {
        counts::add_one(&turn.looks);
        if mailbox::has_arrived(authority(), core) {
            counts::add_one(&turn.waits);
        }
        turn.due.store(now.saturating_add(ticks(LOOK_SECONDS)), Ordering::Relaxed);
        let found = whose(interrupted).map_or(0, DomainId::number);
        turn.domain.store(found, Ordering::Relaxed);
    }
    let verdict = decide(view(interrupted, turn, now));
    boundary::call_off(authority(), verdict == Verdict::Soon(true));
    match verdict {
        Verdict::GoesOn => {}
        Verdict::Soon(_) => return budget::soon(now, RETRY_US),
        Verdict::CalledOff => {
            interrupted.call_off();
            // What goes on then has its own time.
            turn.begin(now);
        }
    }
    turn.due.load(Ordering::Relaxed)
}

fn view(interrupted: &Interrupted<'_>, turn: &Turn, now: u64) -> View {
    let looks = turn.looks.load(Ordering::Relaxed);
    let pc = interrupted.pc();
    let is_over = |address| whereabouts::is_over_at(address, now);
    let is_tidying = Counts::of(this_core::index()).is_tidying.load(Ordering::Relaxed);
    let is_any_over = looks > 0 && !is_tidying && whereabouts::is_any_over(now);
    View {
        looks,
        waits: turn.waits.load(Ordering::Relaxed),
        is_foreign: running_at(pc).is_some(),
        is_any_over,
        is_over: is_any_over && is_over(pc),
        is_called_by_over: is_any_over && interrupted.find_return(NO_LIMIT, is_over).is_some(),
    }
}

/// Above every stack.
const NO_LIMIT: usize = usize::MAX;

/// Whose code runs there, or has called what runs.
fn whose(interrupted: &Interrupted<'_>) -> Option<DomainId> {
    let caller = || interrupted.find_return(NO_LIMIT, |address| running_at(address).is_some());
    running_at(interrupted.pc()).or_else(|| running_at(caller()?.address))
}

/// Why what runs at `address` was called off.
pub(crate) fn end_of(address: usize) -> End {
    if whereabouts::is_over_at(address, this_core::ticks()) { End::Lingered } else { End::Overran }
}

/// Runs `work`, which drops what extensions have left.
///
/// # Context
/// Not in interrupt context. Where it is given up as a whole, this core is taken to be at it until it next reclaims memory.
pub(crate) fn tidy<T>(work: impl FnOnce() -> T) -> T {
    let is_tidying = &Counts::of(this_core::index()).is_tidying;
    // Relaxed: a core and its own interrupts.
    let outer = is_tidying.swap(true, Ordering::Relaxed);
    let outcome = work();
    is_tidying.store(outer, Ordering::Relaxed);
    outcome
}

/// Somebody has asked for the end of these domains: their code is not to run for long any more.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(crate) fn end_soon(ids: &[DomainId]) {
    whereabouts::end_at(ids, this_core::ticks().saturating_add(ticks(LINGER_SECONDS)));
}

/// Whose code `core` was found to run at more than one look in the same turn, if not only the kernel's, and for how many seconds;
/// nothing, if there is no such turn.
pub(crate) fn long(core: CoreId) -> Option<(Option<DomainId>, u64)> {
    let turn = &TURNS[core.index()];
    let is_same =
        counts::turns(core) == (turn.count.load(Ordering::Relaxed), turn.sleeps.load(Ordering::Relaxed));
    let looks = turn.looks.load(Ordering::Relaxed);
    let since = turn.since.load(Ordering::Relaxed);
    let domain = turn.domain.load(Ordering::Relaxed);
    let seconds = this_core::ticks().saturating_sub(since) / this_core::ticks_per_second().max(1);
    (is_same && looks > 0).then(|| ((domain != 0).then(|| DomainId::new(authority(), domain)), seconds))
}

/// The first look of a core that looks again.
pub(crate) fn first_look(now: u64) -> u64 {
    now.saturating_add(ticks(LOOK_SECONDS))
}

fn ticks(seconds: u64) -> u64 {
    seconds * this_core::ticks_per_second()
}

#[cfg(test)]
mod tests {
    use super::{PATIENCE_LOOKS, Verdict, View, decide};

    const BUSY: View = View {
        looks: 1,
        waits: 0,
        is_foreign: true,
        is_over: false,
        is_called_by_over: false,
        is_any_over: false,
    };

    #[test]
    fn a_turn_that_nothing_waits_for_takes_as_long_as_it_likes() {
        assert_eq!(decide(View { looks: 1000, ..BUSY }), Verdict::GoesOn);
        assert_eq!(decide(View { looks: 1000, waits: PATIENCE_LOOKS - 1, ..BUSY }), Verdict::GoesOn);
    }

    #[test]
    fn a_turn_that_keeps_others_waiting_is_called_off_in_an_extension_s_own_code() {
        let long = View { looks: PATIENCE_LOOKS, waits: PATIENCE_LOOKS, ..BUSY };
        assert_eq!(decide(long), Verdict::CalledOff);
        assert_eq!(decide(View { is_foreign: false, ..long }), Verdict::Soon(true));
    }

    #[test]
    fn code_of_a_domain_that_ends_is_called_off_when_the_turn_is_not_new() {
        let over = View { is_over: true, is_called_by_over: true, is_any_over: true, ..BUSY };
        assert_eq!(decide(over), Verdict::CalledOff);
        assert_eq!(decide(View { looks: 0, ..over }), Verdict::GoesOn);
        let called = View { is_over: false, ..over };
        assert_eq!(decide(called), Verdict::Soon(true));
        assert_eq!(decide(View { is_foreign: false, ..called }), Verdict::Soon(true));
        // Its end waits for this turn, of which it need not be a part.
        assert_eq!(decide(View { is_called_by_over: false, ..called }), Verdict::Soon(false));
    }
}
