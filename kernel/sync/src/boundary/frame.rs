//! Frame: a call that can be given up, and the list of those of a core.
//!
//! Invariant: a frame is in the list of its core from before its call is entered until it has been left, and lives for that
//! long; so do its terms and its progress. Only the core itself and its interrupts look at the list.

use core::cell::Cell;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use super::progress::{ASKING, NO_ROW, Progress};
use super::tick::{Due, Tick};
use crate::once::Once;
use crate::this_core;

/// A call on this core, as whoever may give it up sees it. The assembly knows its layout.
#[repr(C)]
pub(crate) struct Frame {
    pub(super) outer: *mut Frame,
    /// When it began, and later by what was not its own.
    pub(super) since: Cell<u64>,
    pub(super) terms: *const Terms,
}

/// What a call is held to. The assembly knows its layout.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Terms {
    pub(super) limit: u64,
    /// Whose code runs inside.
    pub(super) code: usize,
    /// Null for a call with a limit of its own.
    pub(super) guards: *const Guards,
}

/// A walk each of whose guards is held to a limit.
#[derive(Debug)]
pub(super) struct Guards {
    pub(super) progress: *const Progress,
    /// The row whose guard a tick has found asked, and when; in the beginning of time for none.
    pub(super) asked: Cell<(usize, u64)>,
}

/// What a core knows of its frames. Written by this core and its interrupts only, hence relaxed. The assembly knows its layout.
#[repr(C, align(64))]
pub(super) struct Core {
    pub(super) innermost: AtomicPtr<Frame>,
    /// No later than when the next tick comes; none when at the end of time.
    pub(super) armed: AtomicU64,
    /// Whether somebody is being given up: nobody else is, meanwhile.
    pub(super) is_held: AtomicBool,
    /// Whether nobody is to wait here any longer.
    pub(super) is_called_off: AtomicBool,
}

/// How soon to look again at a call that is just being entered or left.
pub(super) const RETRY_TICKS: u64 = 1000;

pub(super) static CORES: [Core; crate::MAX_CORES] = [const {
    Core {
        innermost: AtomicPtr::new(ptr::null_mut()),
        armed: AtomicU64::new(u64::MAX),
        is_held: AtomicBool::new(false),
        is_called_off: AtomicBool::new(false),
    }
}; crate::MAX_CORES];
pub(super) static ARM: Once<fn(u64)> = Once::INIT;

#[inline(always)]
pub(super) fn this() -> &'static Core {
    // The remainder changes nothing: a core's number is below it. It spares the check of the index.
    &CORES[this_core::index() % crate::MAX_CORES]
}

#[cold]
pub(super) fn arm(core: &Core, deadline: u64) {
    core.armed.store(deadline, Ordering::Relaxed);
    if let Some(arm) = ARM.get() {
        arm(deadline);
    }
}

pub(super) fn innermost() -> Option<&'static Frame> {
    let frame = this().innermost.load(Ordering::Relaxed);
    // SAFETY: as in `Frame::go_on`. The lifetime is not used beyond functions of this module.
    unsafe { frame.as_ref() }
}

impl Guards {
    pub(super) fn new(progress: &Progress) -> Self {
        Self { progress: ptr::from_ref(progress), asked: Cell::new((0, 0)) }
    }

    fn progress(&self) -> &Progress {
        // SAFETY: `run` borrows it for as long as there are guards of it.
        unsafe { &*self.progress }
    }
}

impl Frame {
    /// It has come to its end, or was given up: the outer call goes on, to which nothing of this was its own.
    pub(super) fn leave(&self, core: &Core) {
        core.innermost.store(self.outer, Ordering::Relaxed);
        if !self.outer.is_null() {
            self.go_on(core);
        }
    }

    #[cold]
    fn go_on(&self, core: &Core) {
        let over = this_core::ticks();
        // SAFETY: the frames in the list of this core are alive: each takes itself out before it goes.
        let outer = unsafe { &*self.outer };
        outer.excuse(over.wrapping_sub(self.since.get()));
        // The tick was asked for on behalf of the inner call, which may have had more time.
        let deadline = outer.deadline(over);
        if deadline < core.armed.load(Ordering::Relaxed) {
            arm(core, deadline);
        }
    }

    pub(super) fn terms(&self) -> &Terms {
        // SAFETY: the terms of a frame outlive it: they lie beside it, or are those of a `Held` that is borrowed.
        unsafe { &*self.terms }
    }

    fn guards(&self) -> Option<&Guards> {
        // SAFETY: they outlive the frame: `run` borrows them.
        unsafe { self.terms().guards.as_ref() }
    }

    /// The row whose guard is asked, if it is a walk's.
    pub(super) fn asking_row(&self) -> Option<usize> {
        let progress = self.guards()?.progress();
        (progress.phase() == ASKING).then(|| progress.row())
    }

    pub(super) fn look(&self, now: u64) -> Tick {
        let deadline = self.deadline(now);
        if now < deadline {
            return Tick::Later(deadline);
        }
        let Terms { limit, code, guards } = *self.terms();
        let is_guard = !guards.is_null();
        let code = if is_guard { 0 } else { code };
        Tick::Due(Due { code, is_guard, limit, frame: ptr::from_ref(self).cast_mut() })
    }

    /// When it will have had its time, if it goes on as it is found at `now`.
    pub(super) fn deadline(&self, now: u64) -> u64 {
        let limit = self.terms().limit;
        let Some(guards) = self.guards() else {
            return self.since.get().saturating_add(limit);
        };
        let (progress, asked) = (guards.progress(), &guards.asked);
        // Before its first row a walk asks nobody, however long its core is kept from going on.
        if progress.phase() != ASKING || progress.row() == NO_ROW {
            asked.set((0, 0));
            return now.saturating_add(limit);
        }
        let (row, since) = asked.get();
        if since != 0 && row == progress.row() {
            return since.saturating_add(limit);
        }
        asked.set((progress.row(), now));
        now.saturating_add(limit)
    }

    /// So many ticks were not its own, nor those of whoever it was called by.
    pub(super) fn excuse(&self, ticks: u64) {
        let mut frame = Some(self);
        while let Some(this) = frame {
            this.since.set(this.since.get().wrapping_add(ticks));
            if let Some(Guards { asked, .. }) = this.guards()
                && let (row, since @ 1..) = asked.get()
            {
                asked.set((row, since.wrapping_add(ticks)));
            }
            // SAFETY: the frames in the list of this core are alive: each takes itself out before it goes.
            frame = unsafe { this.outer.as_ref() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ticks at these times find of a walk that stays where `progress` is, and whose guards may take 10.
    fn look(progress: &Progress, times: [u64; 3]) -> [bool; 3] {
        let guards = Guards::new(progress);
        let terms = Terms { limit: 10, code: 0, guards: &raw const guards };
        let frame = Frame { outer: ptr::null_mut(), since: Cell::new(0), terms: &raw const terms };
        times.map(|now| matches!(frame.look(now), Tick::Due(_)))
    }

    #[test]
    fn a_guard_is_due_when_two_ticks_find_it_asked() {
        let progress = Progress::new();
        progress.begin(0x40);
        assert_eq!(look(&progress, [100, 109, 110]), [false, false, true]);
    }

    #[test]
    fn a_walk_before_its_first_row_is_never_due() {
        assert_eq!(look(&Progress::new(), [100, 110, 1000]), [false, false, false]);
    }
}
