//! Me: the means by which a strand leaves its core.

use core::fmt;
use core::marker::PhantomData;

use spindle_sync::Authority;

use crate::failure::StrandError;
use crate::service::Strands;
use crate::strand::Strand;

/// The running strand, as it is lent to what it runs. Whoever has it is at the strand's own level: in no raise, holding no lock of the
/// kernel's, and using nothing that a capability stands for.
///
/// It can't be had by another core, hence by nothing that is called in between:
///
/// ```compile_fail,E0277
/// use spindle_strand::Me;
/// use spindle_domain::Mutex;
///
/// static LOCK: Mutex<u32> = Mutex::new(0);
/// fn hold(me: &mut Me) {
///     let _ = LOCK.with(|_| me.block());
/// }
/// ```
///
/// Nor is it there any more when the strand has ended:
///
/// ```compile_fail
/// use spindle_strand::{Me, Strand};
///
/// fn keep() {
///     let mut kept: Option<&'static mut Me> = None;
///     let _ = Strand::start(move |me| kept = Some(me));
/// }
/// ```
pub struct Me {
    strand: Strand,
    strands: &'static dyn Strands,
    _stays_in_its_strand: PhantomData<*mut ()>,
}

/// Why a strand goes on that has blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wakeup {
    /// Somebody has unblocked it.
    Unblocked,
    /// The time is over.
    TimedOut,
}

impl Me {
    /// That of `strand`, which is served by `strands`. Kernel only, where it begins.
    pub fn new(_: &Authority, strand: Strand, strands: &'static dyn Strands) -> Self {
        Self { strand, strands, _stays_in_its_strand: PhantomData }
    }

    /// Whether it is being given up, or is to end at its next opportunity: for destructors, which are to leave behind what is whole.
    pub fn is_ending(&self) -> bool {
        self.strands.is_ending()
    }

    /// The strand.
    #[inline]
    pub fn strand(&self) -> Strand {
        self.strand
    }

    /// Leaves the core until somebody [unblocks](Strand::unblock) the strand. If that has happened since the last time that it has gone on, it goes on
    /// at once. Who waits for something looks again whether it is there.
    #[inline]
    pub fn block(&mut self) {
        self.strands.block();
    }

    /// As [`block`](Self::block), but no longer than until `deadline_ns` of the clock.
    pub fn block_until(&mut self, deadline_ns: u64) -> Wakeup {
        self.strands.block_until(deadline_ns)
    }

    /// Has the other strands of its priority run before it goes on.
    #[inline]
    pub fn yield_now(&mut self) {
        self.strands.yield_now();
    }

    /// Leaves the core until `deadline_ns` of the clock, whoever unblocks it meanwhile. That is not lost: its next
    /// [`block`](Self::block) comes back at once.
    pub fn sleep_until(&mut self, deadline_ns: u64) {
        let mut was_unblocked = false;
        while self.block_until(deadline_ns) == Wakeup::Unblocked {
            was_unblocked = true;
        }
        if was_unblocked {
            self.strand.unblock();
        }
    }

    /// Leaves the core until `strand` has ended.
    ///
    /// # Errors
    /// [`StrandError::Awaited`] if another strand waits for that, [`StrandError::Itself`].
    pub fn wait_for_end(&mut self, strand: &Strand) -> Result<(), StrandError> {
        self.strands.wait_for_end(*strand)
    }
}

impl fmt::Debug for Me {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Me").field(&self.strand).finish()
    }
}
