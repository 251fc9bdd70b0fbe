//! Aside: the calls of a context that does not run now.
//!
//! A core's list of calls is that of what runs there. When a context is set aside, the list goes with it, and comes back with it on the
//! same core. The frames lie on that context's own stack, so they are alive for as long as it is. (Who leaves by itself has none, and goes on
//! anywhere.)

use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use super::frame::{Frame, arm, this};
use crate::authority::Authority;
use crate::this_core;

/// The calls of a context that does not run, innermost first.
///
/// Its fields are relaxed: whoever has the context run sees what was written when it was set aside, by the order of that.
#[derive(Debug)]
pub struct Aside {
    innermost: AtomicPtr<Frame>,
    /// When it was set aside.
    at: AtomicU64,
}

impl Aside {
    /// No calls.
    #[expect(clippy::new_without_default, reason = "there is nothing to build a default on")]
    pub const fn new() -> Self {
        Self { innermost: AtomicPtr::new(ptr::null_mut()), at: AtomicU64::new(0) }
    }

    /// The calls of this core are those of a context that is set aside: it has none from now on.
    ///
    /// # Context
    /// On that core, interrupts masked.
    pub fn set_aside(&self, _: &Authority) {
        let core = this();
        self.at.store(this_core::ticks(), Ordering::Relaxed);
        self.innermost.store(core.innermost.load(Ordering::Relaxed), Ordering::Relaxed);
        core.innermost.store(ptr::null_mut(), Ordering::Relaxed);
    }

    /// They are this core's again, and nobody is charged for the time between.
    ///
    /// # Context
    /// On the same core, which has no calls, interrupts masked.
    pub fn take_up(&self, _: &Authority) {
        let core = this();
        let frame = self.innermost.load(Ordering::Relaxed);
        core.innermost.store(frame, Ordering::Relaxed);
        // SAFETY: the frames of a context that goes on are alive: each takes itself out before it goes.
        let Some(frame) = (unsafe { frame.as_ref() }) else { return };
        let now = this_core::ticks();
        frame.excuse(now.wrapping_sub(self.at.load(Ordering::Relaxed)));
        let deadline = frame.deadline(now);
        if deadline < core.armed.load(Ordering::Relaxed) {
            arm(core, deadline);
        }
    }
}
