//! Boundary: where a call that fails, or takes too long, is given up and its caller goes on.
//!
//! [`run`] saves what a caller expects to find again (AAPCS64 6.1.1: x19 to x30 and the stack pointer) on the stack, notes
//! in a frame where, and notes the frame as this core's innermost. To *give up* is to take the frame's registers back: whatever was running
//! above it is gone, without its destructors having run. The frames of a core are a list, innermost first, since calls
//! nest.
//!
//! A frame is under one of two rules. With a *limit*, the call has so many ticks of its own: what inner frames took,
//! and what interrupts took, is not charged. With *progress*, a walk over handlers says which row it is at and whether
//! that row's guard has said yes; a guard that is found to be the same at two ticks in a row has run for too long.
//!
//! # Who may give up what
//!
//! Code that runs above a frame is given up in two ways. A panic gives itself up ([`give_up`]): the panic handler has
//! seen that it was an extension's own code that panicked, with interrupts enabled, so that it held no
//! [`Lock`](crate::Lock). A timer interrupt gives up what it interrupted ([`Due`]), under the same two conditions. What
//! is lost then is memory and slots that the extension had in hand, and nothing of the kernel's.
//!
//! Does not know handlers, guards, domains or timers: the kernel says how a tick is asked for ([`set_arm`]).

#[cfg(target_os = "none")]
mod aarch64;
mod aside;
mod frame;
mod held;
#[cfg(not(target_os = "none"))]
mod host;
mod progress;
mod tick;

#[cfg(target_os = "none")]
use aarch64 as machine;
#[cfg(not(target_os = "none"))]
use host as machine;

use core::fmt;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr;
use core::sync::atomic::Ordering;

use crate::authority::Authority;
use crate::{mutex, this_core};

pub use aside::Aside;
pub use held::{Held, Holds};
#[cfg(not(target_os = "none"))]
pub use host::overrun_here;
pub use machine::{Landing, give_up};
pub use progress::Progress;
pub use tick::{Due, Tick, again, excuse, tick};

use frame::{ARM, Frame, Guards, innermost, this};

/// Why a call was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum End {
    /// It panicked.
    Panicked = 1,
    /// It took more time than it has.
    Overran = 2,
    /// An exception of the machine ended it: a load from nowhere, for one.
    Faulted = 3,
    /// Its stack was full.
    Overflowed = 4,
    /// It went on after somebody had asked for the end of its domain.
    Lingered = 5,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Panicked => "panicked",
            Self::Overran => "took too long",
            Self::Faulted => "faulted",
            Self::Overflowed => "overflowed its stack",
            Self::Lingered => "was still running at its domain's end",
        })
    }
}

/// What a call is held to.
#[derive(Clone, Copy)]
pub enum Rule<'a> {
    /// At most so many ticks of its own.
    Limit(u64),
    /// No guard of this walk runs for longer than so many ticks (twice that at the most).
    Guards(&'a Progress, u64),
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it was given up, and why.
    pub end: Option<End>,
    /// Ticks of its own that it took.
    pub ticks: u64,
}

/// Says how a tick is asked for: by the time, in ticks, at which it is to come. The first call counts.
///
/// What is said is called with interrupts enabled or not, and takes no lock that an interrupt could wait for.
pub fn set_arm(_: &Authority, arm: fn(u64)) {
    ARM.call_once(|| arm);
}

/// Calls `function`, or what lies at `code` by way of it, for at most `limit` ticks of its own; none are as many as it likes, when
/// their end lies behind that of time. Says how it was given up, if it was: what it had in hand is lost then, and `state` is as it has left it.
///
/// # Context
/// Not in interrupt context. Takes no lock; allocates nothing.
#[inline(always)]
pub fn call<S>(
    code: usize,
    limit: u64,
    function: extern "C-unwind" fn(&mut S),
    state: &mut S,
) -> Option<End> {
    machine::call(code, limit, ptr::null(), function, state).0
}

/// Runs `work`, which is code at `code`, under `rule`. What it gives is there if it was not given up.
///
/// # Context
/// Not in interrupt context. Takes no lock; allocates nothing.
#[inline(always)]
pub fn run<T, W: FnOnce() -> T>(code: usize, rule: Rule<'_>, work: W) -> (Option<T>, Outcome) {
    let held;
    let (limit, guards) = match rule {
        Rule::Limit(ticks) => (ticks, ptr::null()),
        Rule::Guards(progress, ticks) => {
            held = Guards::new(progress);
            (ticks, &raw const held)
        }
    };
    // Not an `Option`: what is given up half-way through writing it is never looked at.
    let mut work = Work { work: ManuallyDrop::new(work), given: MaybeUninit::uninit() };
    let (end, since) = machine::call(code, limit, guards, Work::run, &mut work);
    let ticks = this_core::ticks().wrapping_sub(since);
    let given = match end {
        // SAFETY: `Work::run` has come to its end, and has written.
        None => Some(unsafe { work.given.assume_init() }),
        Some(_) => None,
    };
    (given, Outcome { end, ticks })
}

/// What [`run`] runs, and room for what it gives.
struct Work<T, W> {
    work: ManuallyDrop<W>,
    given: MaybeUninit<T>,
}

impl<T, W: FnOnce() -> T> Work<T, W> {
    extern "C-unwind" fn run(&mut self) {
        // SAFETY: called once, by `boundary::run`, which gives it up.
        let work = unsafe { ManuallyDrop::take(&mut self.work) };
        self.given.write(work());
    }
}

/// Runs `work`, which is somebody else's code, and gives its caller its own registers back, whatever was made of them: code whose
/// bits have flipped keeps no promise. Who is given up inside goes on behind the call, if the kernel knows the function that
/// has called this.
pub fn shield<W: FnOnce()>(_: &Authority, work: W) {
    machine::shield(work);
}

/// Has no tick give anything up on this core, as long as it `is_held`: something is being given up already.
///
/// # Context
/// Any. Whoever holds sees to it that it ends.
pub fn hold(_: &Authority, is_held: bool) {
    this().is_held.store(is_held, Ordering::Relaxed);
}

/// Takes all calls out of this core's list whose frames lie below `sp` on its stack, and opens what they hold: they are given up with what
/// called them.
///
/// # Context
/// On the stack that it is about, or in an exception that was taken there. What lies below `sp` does not go on, and nothing has run there
/// since: the frames are still whole.
pub fn leave_below(_: &Authority, sp: usize) {
    mutex::release_below(sp);
    let core = this();
    while let Some(frame) = innermost()
        && ptr::from_ref(frame).addr() < sp
    {
        frame.leave(core);
    }
}

/// Keeps the frame of the function that calls this last: what it has called before can't take its place on the stack. A walk over
/// frames then finds it.
#[inline(always)]
pub fn stay() {
    machine::stay();
}

/// Whether a call of this core could be given up.
pub fn is_inside() -> bool {
    !this().innermost.load(Ordering::Relaxed).is_null()
}

/// The row whose guard this core's innermost call asks, if that is a walk's.
pub fn asking_row() -> Option<usize> {
    innermost().and_then(Frame::asking_row)
}

/// Whose code the innermost call of this core runs.
pub fn innermost_code() -> Option<usize> {
    innermost().map(|frame| frame.terms().code)
}

/// Where on its stack this core's innermost call begins: what it runs has its frames below.
pub fn innermost_stack() -> Option<usize> {
    innermost().map(Frame::stack)
}

/// Has whoever waits on this core give up waiting, as long as it `is_called_off`: what has called is to be given up when it is
/// returned to.
///
/// # Context
/// Interrupt context. Whoever calls off sees to it that it ends.
pub fn call_off(_: &Authority, is_called_off: bool) {
    // Relaxed: a core and its own interrupts.
    this().is_called_off.store(is_called_off, Ordering::Relaxed);
}

/// Whether this core's innermost call has a limit and is over it, or was [called off](call_off). Whoever waits in its name gives
/// up waiting then.
///
/// # Context
/// Not in interrupt context.
pub fn is_overdue() -> bool {
    if this().is_called_off.load(Ordering::Relaxed) {
        return true;
    }
    let now = this_core::ticks();
    let is_over = |frame: &Frame| now.saturating_sub(frame.since.get()) >= frame.terms().limit;
    innermost().is_some_and(|frame| frame.terms().guards.is_null() && is_over(frame))
}
