//! The boundary on the host: unwinding stands for giving up.

use core::cell::Cell;
use core::ptr;
use core::sync::atomic::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use super::frame::{Frame, Guards, Terms, this};
use super::{End, Held, Holds, Rule, run};
use crate::authority::Authority;
use crate::{mutex, this_core};

/// Where an interrupted core goes on. On the host none is interrupted.
#[derive(Debug)]
pub struct Landing;

impl Landing {
    pub(super) fn new(_: *mut Frame, _: End) -> Self {
        Self
    }

    /// No address, and nothing for registers.
    pub fn registers(&self) -> (usize, [u64; 2]) {
        (0, [0; 2])
    }

    /// Nowhere.
    pub fn is_in_between(_: usize) -> bool {
        false
    }

    /// Nowhere.
    pub fn is_shield(_: usize) -> bool {
        false
    }

    /// No frame.
    pub const FRAME: (u32, [u16; 12]) = (0, [0; 12]);

    /// No address.
    pub fn on_return() -> usize {
        0
    }
}

/// Comes back: on the host a call that panics unwinds.
pub fn give_up(_: &Authority, _: End) {}

/// Frames are not looked for on the host.
pub(super) fn stay() {}

/// What is thrown in the name of a timer.
struct Overrun;

/// Plays a call that takes too long and is given up by a timer at this point.
pub fn overrun_here() -> ! {
    panic_any(Overrun)
}

/// The compiler's word is good enough on the host.
pub(super) fn shield<W: FnOnce()>(work: W) {
    work();
}

impl Frame {
    /// No stack is looked at.
    pub(super) fn stack(&self) -> usize {
        0
    }
}

pub(super) fn call<S>(
    code: usize,
    limit: u64,
    guards: *const Guards,
    function: extern "C-unwind" fn(&mut S),
    state: &mut S,
) -> (Option<End>, u64) {
    let core = this();
    let terms = Terms { limit, code, guards };
    let outer = core.innermost.load(Ordering::Relaxed);
    let frame = Frame { outer, since: Cell::new(this_core::ticks()), terms: &raw const terms };
    core.innermost.store(ptr::from_ref(&frame).cast_mut(), Ordering::Relaxed);
    let end = match catch_unwind(AssertUnwindSafe(|| function(state))) {
        Ok(()) => None,
        Err(thrown) if thrown.is::<Overrun>() => Some(End::Overran),
        Err(_) => Some(End::Panicked),
    };
    if end.is_some() {
        mutex::release_below(ptr::from_ref(&frame).addr());
    }
    frame.leave(core);
    (end, frame.since.get())
}

pub(super) fn call_held<T: Holds<A>, A: ?Sized>(held: &Held<T>, args: &A) -> Option<T::Output> {
    let (output, outcome) = run(held.terms.code, Rule::Limit(held.terms.limit), || held.state.handle(args));
    if let Some(end) = outcome.end {
        held.state.gave_up(end);
    }
    output
}
