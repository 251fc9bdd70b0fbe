//! What a core holds to announce that it reads nothing: the means, and the only ways to use it.
//!
//! Whoever could announce quiet inside a read could go on reading what has been freed. So a reader cannot be
//! sent to another core or copied, and in the kernel all it does is run a loop, whose turns it stands
//! between. On the host, where each read leaves a trace, it can be told to announce quiet as well, and
//! refuses inside a read.
//!
//! Does not know what a turn does, nor what wakes a core.

use core::marker::PhantomData;

use super::{AWAY, Grace};
use crate::primitive::{Ordering, fence};
#[cfg(not(target_os = "none"))]
use crate::reading;
use crate::this_core::{self, IrqsMasked};

/// A registered core's means to announce that it reads nothing.
#[derive(Debug)]
pub struct Reader {
    grace: &'static Grace,
    core: usize,
    // What this core's `seen` holds; nobody else writes it.
    announced: u64,
    _stays_on_its_core: PhantomData<*mut ()>,
}

/// What a run loop does after a turn.
#[derive(Debug)]
#[must_use = "the run loop has to know"]
pub enum Next {
    /// The next turn.
    Turn,
    /// Wait for an interrupt, then the next turn, which gets the mask back. The mask has been on since the
    /// turn found nothing to do.
    Sleep(IrqsMasked),
}

impl Reader {
    /// Makes the reader of a core whose place has just been claimed; it reads from now on.
    pub(super) fn begin(grace: &'static Grace, core: usize) -> Self {
        let mut reader = Self { grace, core, announced: AWAY, _stays_on_its_core: PhantomData };
        reader.come_back();
        reader
    }

    /// Calls `turn` again and again, and is quiet between its turns. A turn that comes after [`Next::Sleep`]
    /// is handed the mask with which it went to sleep, so that it can take back what it told others of its
    /// sleep before interrupts come.
    ///
    /// The closure owns all it uses, and the loop never ends (unwinding out of it aborts): see the module.
    ///
    /// # Panics
    ///
    /// On the host, inside a read.
    pub fn run(mut self, mut turn: impl FnMut(Option<IrqsMasked>) -> Next + 'static) -> ! {
        #[cfg(not(target_os = "none"))]
        assert!(!reading::is_inside(), "run loop begun inside a read of a snapshot");
        let _unwinding = Abort;
        let mut slept = None;
        loop {
            self.announce();
            slept = match turn(slept) {
                Next::Turn => None,
                Next::Sleep(masked) => {
                    self.sleep();
                    Some(masked)
                }
            };
        }
    }

    /// Announces that this core reads no snapshot at this moment.
    ///
    /// # Panics
    ///
    /// Inside a read.
    #[cfg(not(target_os = "none"))]
    pub fn quiet(&mut self) {
        assert!(!reading::is_inside(), "quiet inside a read of a snapshot");
        self.announce();
    }

    /// Counts as quiet while another thread gets its turn.
    ///
    /// # Panics
    ///
    /// Inside a read.
    #[cfg(not(target_os = "none"))]
    pub fn idle(&mut self) {
        assert!(!reading::is_inside(), "idle inside a read of a snapshot");
        self.sleep();
    }

    /// Whether a context was set aside on this core that may be inside a read.
    #[inline]
    fn is_held_back(&self) -> bool {
        // Relaxed: written by this core.
        self.grace.cores[self.core].set_aside.load(Ordering::Relaxed) != 0
    }

    #[inline]
    fn announce(&mut self) {
        // Acquire: everything unpublished before this epoch is seen unpublished by the reads that follow.
        let epoch = self.grace.epoch.load(Ordering::Acquire);
        // Leaving out the store announces less, which is always sound.
        if self.announced != epoch && !self.is_held_back() {
            self.store_seen(epoch);
        }
    }

    fn store_seen(&mut self, epoch: u64) {
        // Release: the reads that precede come before whoever sees this.
        self.grace.cores[self.core].seen.store(epoch, Ordering::Release);
        self.announced = epoch;
    }

    /// Waits for an interrupt and counts as quiet meanwhile. Masked throughout, so that nothing on this core
    /// reads.
    fn sleep(&mut self) {
        let _masked = IrqsMasked::enter();
        if self.is_held_back() {
            return;
        }
        self.store_seen(AWAY);
        this_core::wait();
        self.come_back();
    }

    /// Becomes a reader, after being none.
    fn come_back(&mut self) {
        // Acquire: as in `announce`, for the periods that have begun by now.
        let epoch = self.grace.epoch.load(Ordering::Acquire);
        // This too can end a period, of which this core was away for the beginning only.
        self.store_seen(epoch);
        // SeqCst: the one fence opposite to that in `start`; see the module.
        fence(Ordering::SeqCst);
    }
}

/// Makes unwinding past it fatal: a panic while unwinding aborts.
struct Abort;

impl Drop for Abort {
    fn drop(&mut self) {
        panic!("a run loop does not end");
    }
}

#[cfg(not(target_os = "none"))]
impl Drop for Reader {
    /// Gives the core back, unless inside a read: then the place is lost, and so is every period after it.
    fn drop(&mut self) {
        if reading::is_inside() {
            return;
        }
        reading::forget();
        this_core::set_index(None);
        self.store_seen(AWAY);
        // Release: pairs with the acquire of who registers next.
        self.grace.cores[self.core].is_registered.store(false, Ordering::Release);
    }
}
