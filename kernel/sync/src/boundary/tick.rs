//! Tick: what the kernel finds when it looks after a core's innermost call, in an interrupt of its timer.

use core::sync::atomic::Ordering;

use super::frame::{Frame, RETRY_TICKS, innermost, this};
use super::{End, Landing};
use crate::authority::Authority;

/// What a tick finds.
#[derive(Debug)]
pub enum Tick {
    /// No call has a limit: no tick is needed.
    Idle,
    /// Nobody is over its time; the next tick is due then.
    Later(u64),
    /// The innermost call is over its time.
    Due(Due),
}

/// A call that is over its time.
#[derive(Debug)]
pub struct Due {
    /// Whose code it runs; 0 for a guard: the walk does not say whose.
    pub code: usize,
    /// Whether it is a guard that takes so long.
    pub is_guard: bool,
    /// How many ticks it may take.
    pub limit: u64,
    pub(super) frame: *mut Frame,
}

impl Due {
    /// Where the machine goes on instead of where it was.
    ///
    /// # Context
    /// The interrupt that found it due; the innermost call is still the same.
    pub fn landing(&self, _: &Authority) -> Landing {
        Landing::new(self.frame, End::Overran)
    }

    /// Where the stack of the call begins: what lies below is its own.
    ///
    /// # Context
    /// As for [`landing`](Self::landing).
    pub fn stack_begin(&self) -> usize {
        // SAFETY: the innermost frame is alive while what runs above it is interrupted.
        unsafe { (*self.frame).stack() }
    }
}

/// Looks after this core's innermost call at time `now`, at which `pc` was interrupted.
///
/// # Context
/// Interrupt context: what was interrupted stays as it is meanwhile.
pub fn tick(_: &Authority, now: u64, pc: usize) -> Tick {
    let core = this();
    core.armed.store(u64::MAX, Ordering::Relaxed);
    // A call that is just being entered may rely on the tick that this one is.
    let is_between = Landing::is_in_between(pc);
    let found = match innermost() {
        _ if is_between || core.is_held.load(Ordering::Relaxed) => {
            Tick::Later(now.saturating_add(RETRY_TICKS))
        }
        Some(frame) => frame.look(now),
        None => return Tick::Idle,
    };
    if let Tick::Later(deadline) = found {
        core.armed.store(deadline, Ordering::Relaxed);
    }
    found
}

/// The tick comes again at `deadline`.
///
/// # Context
/// As for [`tick`], after it.
pub fn again(_: &Authority, deadline: u64) {
    this().armed.store(deadline, Ordering::Relaxed);
}

/// An interrupt took so many ticks, which nobody is charged for.
///
/// # Context
/// Interrupt context.
#[inline]
pub fn excuse(_: &Authority, ticks: u64) {
    if let Some(frame) = innermost() {
        frame.excuse(ticks);
    }
}
