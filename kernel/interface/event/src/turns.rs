//! Turns: where the walk of one raise is, and what has come of it so far.

use core::cell::Cell;
use core::ops::ControlFlow;

use spindle_sync::Whole;
use spindle_sync::boundary::Progress;

use crate::merge::{Flow, Merge};

// What a row has come to in its turn. The first is `Progress`'s own: nothing but guards has run.
/// The handler runs, or has run and contributed.
pub(crate) const RUNS: usize = 1;
/// The handler has run and ended the raise.
pub(crate) const CLAIMED: usize = 2;
/// The handler runs later, and contributes nothing.
pub(crate) const SENT: usize = 3;
/// The handler was given up, and contributes nothing.
pub(crate) const ENDED: usize = 4;

/// One raise on its way over rows.
// The order of the fields spares a walk an addition.
#[repr(C)]
pub(crate) struct Turns<S> {
    pub(crate) progress: Progress,
    /// What was folded; nothing, before the first result. A handler's crate folds, and can be given up in the middle.
    state: Whole<S>,
    has_run: Cell<bool>,
}

impl<S> Turns<S> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self { progress: Progress::new(), state: Whole::new(), has_run: Cell::new(false) }
    }

    /// What the raiser gets.
    #[inline(always)]
    pub(crate) fn finish<R, M: Merge<R, State = S>>(self) -> M::Output {
        M::finish(self.folded::<R, M>())
    }

    /// What was folded so far, which is not kept here any more. One without size says nothing that `start` would not: it never is.
    #[inline(always)]
    fn folded<R, M: Merge<R, State = S>>(&self) -> S {
        let kept = if size_of::<S>() > 0 { self.state.take() } else { None };
        kept.unwrap_or_else(M::start)
    }

    /// Whether some row's handler is known to have run: see [`note`](Self::note).
    pub(crate) fn has_run(&self) -> bool {
        self.has_run.get()
    }

    /// Whether the row that has its turn has come no further than its guard.
    pub(crate) fn is_asking(&self) -> bool {
        self.progress.phase() == 0
    }

    /// The row that has its turn was given up: until the next one has its own, nobody's guard is asked, whatever a tick finds.
    pub(crate) fn give_up(&self) {
        if self.is_asking() {
            self.progress.enter(ENDED);
        }
    }

    /// Notes whether the row that had its turn ran; breaks if it has claimed the raise.
    #[inline(always)]
    pub(crate) fn note(&self) -> ControlFlow<()> {
        match self.progress.phase() {
            RUNS => self.has_run.set(true),
            CLAIMED => {
                self.has_run.set(true);
                return ControlFlow::Break(());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// Takes in the result of the row that has its turn.
    #[inline(always)]
    pub(crate) fn fold<R, M: Merge<R, State = S>>(&self, result: R) {
        let mut state = self.folded::<R, M>();
        let flow = M::fold(&mut state, result);
        if size_of::<S>() > 0 {
            self.state.put(state);
        }
        if M::CAN_STOP && flow == Flow::Stop {
            self.progress.enter(CLAIMED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RUNS, Turns};

    #[test]
    fn a_guard_that_was_given_up_is_asked_no_more() {
        let turns = Turns::<()>::new();
        turns.progress.begin(7);
        assert!(turns.is_asking());
        turns.give_up();
        assert!(!turns.is_asking());
        turns.progress.begin(8);
        assert!(turns.is_asking());
        turns.progress.enter(RUNS);
        turns.give_up();
        assert_eq!(turns.progress.phase(), RUNS);
    }
}
