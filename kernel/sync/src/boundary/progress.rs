//! Progress: how far a walk over rows is, as the walk and its rows note it for an interrupt of their core.

use core::cell::Cell;
use core::sync::atomic::{Ordering, compiler_fence};

/// How far a walk over rows is.
#[derive(Debug)]
#[repr(C)]
pub struct Progress {
    row: Cell<usize>,
    phase: Cell<usize>,
}

/// In [`Progress`]: a row has its turn, and no handler runs yet.
pub(super) const ASKING: usize = 0;

/// The row before the first: rows go by addresses, of which 0 is none.
pub(super) const NO_ROW: usize = 0;

impl Progress {
    /// Before the first row.
    pub const fn new() -> Self {
        Self { row: Cell::new(NO_ROW), phase: Cell::new(ASKING) }
    }

    /// The row that has its turn, by whatever number its walk gives it.
    #[inline(always)]
    pub fn row(&self) -> usize {
        self.row.get()
    }

    /// Row `row`, which is not 0, has its turn. An interrupt that comes later sees it.
    #[inline(always)]
    pub fn begin(&self, row: usize) {
        self.begin_in(row, ASKING);
    }

    /// Row `row` has its turn, and enters `phase` at once.
    #[inline(always)]
    pub fn begin_in(&self, row: usize, phase: usize) {
        self.row.set(row);
        self.phase.set(phase);
        // The stores stay in front of what follows, for an interrupt of this core.
        compiler_fence(Ordering::SeqCst);
    }

    /// The phase its row has entered; 0 while its guard is asked.
    #[inline(always)]
    pub fn phase(&self) -> usize {
        self.phase.get()
    }

    /// The row enters `phase`, which is not 0. An interrupt that comes later sees it.
    #[inline(always)]
    pub fn enter(&self, phase: usize) {
        self.phase.set(phase);
        // The store stays in front of what follows, for an interrupt of this core.
        compiler_fence(Ordering::SeqCst);
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}
