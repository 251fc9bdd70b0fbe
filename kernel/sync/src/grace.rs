//! When has every core passed a quiet point: quiescent-state-based reclamation.
//!
//! A grace period that began with epoch `e` is over when every core has, since, announced that it reads
//! nothing (or is idle). What was unpublished before the period began then has no reader left.
//!
//! # The protocol, and why it holds
//!
//! `epoch` counts periods. Each core has a word `seen`: the last epoch it has announced quiet in, or `AWAY`
//! when idle or not registered.
//!
//! - *Begin* ([`Grace::start`]): add one to `epoch` (release), then a sequentially consistent fence.
//! - *Quiet* (between the turns of [`Reader::run`]): load `epoch` (acquire), store it to `seen` (release).
//! - *Over* ([`Grace::is_over`]): every `seen` (acquire) is at least the period's epoch.
//!
//! Reads before a quiet point happen before the release store, hence before whoever acquires it and frees.
//! Reads after it happen after the acquire load of `epoch`, hence after everything unpublished before that
//! epoch began: they see what replaced it. So quiet needs no fence.
//!
//! Sleep is different: an idle core does not load `epoch`. It stores `AWAY` (release), and on its way back
//! stores an epoch and then executes a sequentially consistent fence before it reads. Suppose that the
//! freeing core's load of `seen` still found `AWAY`, and that the returning core read an old pointer. The
//! first says that the fence of `start` precedes that of the return, the second the opposite; there is one
//! order of fences, so one of the two did not happen.
//!
//! # Who may announce quiet
//!
//! Only a [`Reader`], of which each core has one; it is neither `Send` nor `Clone`. In the kernel all it can
//! do is [`Reader::run`] a loop for ever and be quiet between its turns. The loop's closure borrows nothing
//! (`'static`), so no reference out of a snapshot lives from one turn to the next; and since the loop never
//! ends, one that was begun inside a read never gets back to it. So no safe code can announce quiet and read
//! on. On the host, where a read leaves a trace, `quiet` can be called too, and panics inside a read.
//!
//! # Who is set aside
//!
//! A context that an interrupt has set aside to run another may be inside a read. While there is one, its core is not quiet, and
//! does not sleep ([`Grace::hold_back`]). It goes on on the same core, up to a point at which it reads nothing.
//!
//! # Source
//!
//! Hart, McKenney, Demke Brown, Walpole, *Performance of memory reclamation for lockless synchronization*,
//! JPDC 67 (2007), section 2.2. Does not know what it frees, nor which core calls it.

mod reader;
mod retired;
#[cfg(all(test, not(loom)))]
mod tests;

use core::fmt;

pub use reader::{Next, Reader};
pub use retired::Retired;
pub(crate) use retired::Room;

use crate::authority::Authority;
use crate::primitive::{
    AtomicBool, AtomicU64, AtomicUsize, Ordering, const_unless_loom, fence, for_each_core,
};
use crate::this_core;
#[cfg(not(target_os = "none"))]
use crate::{MAX_CORES, reading};
use retired::Queue;

/// In `seen`: this core reads nothing. Above every epoch.
const AWAY: u64 = u64::MAX;

/// The kernel's one grace: every core registers with it.
#[cfg(not(loom))]
pub static GRACE: Grace = Grace::empty();

/// The cores that read, and what waits for them to be quiet.
pub struct Grace {
    epoch: AtomicU64,
    cores: [Core; crate::MAX_CORES],
    queue: Queue,
}

/// One core's place, on a cache line of its own (64 bytes on every core we know).
#[repr(align(64))]
struct Core {
    seen: AtomicU64,
    is_registered: AtomicBool,
    /// Stands in [`Grace::wait_for_others`].
    is_waiting: AtomicBool,
    /// How many contexts were set aside here that may be inside a read. Written by this core only.
    set_aside: AtomicUsize,
}

impl Core {
    /// Takes the place, if nobody has it.
    fn claim(&self) -> bool {
        // Acquire: what the thread before us in this place did (on the host) comes before. Relaxed when it is
        // taken: nothing is touched then.
        self.is_registered.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }
}

/// A grace period that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "ask `is_over` with it"]
pub struct Ticket(u64);

impl Grace {
    const_unless_loom! {
        /// Makes a grace without cores. Not in the kernel: there, being registered with [`GRACE`] is promised
        /// and not checked, so there is no other.
        #[cfg(not(target_os = "none"))]
        #[expect(clippy::new_without_default, reason = "one that nobody registers with is no useful default")]
        pub const fn new() -> Self {
            Self::empty()
        }
    }

    const_unless_loom! {
        const fn empty() -> Self {
            Self {
                epoch: AtomicU64::new(1),
                cores: for_each_core!(Core { seen: AtomicU64::new(AWAY), is_registered: AtomicBool::new(false), is_waiting: AtomicBool::new(false), set_aside: AtomicUsize::new(0) }),
                queue: Queue::new(),
            }
        }
    }

    /// Registers core number `core`, from now on a reader, and gives it the means to announce quiet.
    ///
    /// # Safety
    ///
    /// The caller promises, for the rest of the system's life:
    ///
    /// - It runs on that core, and [`index`](crate::this_core::index) is `core` there and on no other core,
    ///   whenever interrupts are masked.
    /// - Only registered cores read snapshots or take slots of a [`Pool`](crate::Pool); nothing else runs
    ///   code. What IRQ masking does not hold off (FIQ, SError, debug exceptions) does neither.
    /// - A context that is set aside inside a read, by a switch to another, goes on before its core announces
    ///   quiet, or never.
    ///
    /// # Panics
    ///
    /// When `core` is not below [`crate::MAX_CORES`] or is registered.
    pub unsafe fn register(&'static self, core: usize) -> Reader {
        #[cfg(not(target_os = "none"))]
        reading::assert_is_no_core();
        assert!(self.cores[core].claim(), "core {core} is registered already");
        self.admit(core)
    }

    /// Registers this thread as whichever core is free, until the reader is dropped.
    ///
    /// # Panics
    ///
    /// When all cores are taken, or this thread is one already.
    #[cfg(not(target_os = "none"))]
    pub fn register_thread(&'static self) -> Reader {
        reading::assert_is_no_core();
        let free = (0..MAX_CORES).find(|&core| self.cores[core].claim());
        match free {
            Some(core) => self.admit(core),
            None => panic!("all {MAX_CORES} cores are taken by other threads"),
        }
    }

    fn admit(&'static self, core: usize) -> Reader {
        #[cfg(not(target_os = "none"))]
        {
            reading::remember(self);
            this_core::set_index(Some(core));
        }
        Reader::begin(self, core)
    }

    /// Has `job` run after a grace period that begins later, by [`reclaim`](Self::reclaim).
    ///
    /// # Context
    ///
    /// Not in an interrupt: it allocates. Takes no lock.
    pub fn retire(&self, job: Retired) {
        self.queue.push(job);
    }

    /// Begins a grace period. What was unpublished before it has no reader when [`is_over`](Self::is_over)
    /// says so.
    pub fn start(&self) -> Ticket {
        // Release: unpublishing comes before the epoch that says so. The count never wraps in 64 bits.
        let before = self.epoch.fetch_add(1, Ordering::Release);
        // SeqCst: the one fence opposite to that in `come_back`; see the module.
        fence(Ordering::SeqCst);
        Ticket(before + 1)
    }

    /// Tells whether every core has been quiet since `ticket` began.
    pub fn is_over(&self, ticket: &Ticket) -> bool {
        // Acquire: pairs with the release stores of `seen`, so all reads before the quiet point come before
        // what the caller does next.
        self.cores.iter().all(|core| core.seen.load(Ordering::Acquire) >= ticket.0)
    }

    /// Waits until every core but this one has been quiet since `ticket` began. This one can't be: its caller may read.
    ///
    /// # Errors
    /// [`Entangled`] when a core to wait for waits for this one in the same way, so that neither would go on; or when the
    /// handler that waits has used up its budget.
    ///
    /// # Context
    /// Any core, interrupts enabled. What other cores do takes as long as it takes.
    pub fn wait_for_others(&self, ticket: &Ticket) -> Result<(), Entangled> {
        let this = this_core::index();
        let is_waiting = &self.cores[this].is_waiting;
        // SeqCst, as the loads below: of two cores that begin to wait for each other, one sees the other's mark.
        is_waiting.store(true, Ordering::SeqCst);
        let outcome = (0..self.cores.len()).filter(|&core| core != this).try_for_each(|core| {
            // Acquire: as in `is_over`.
            while self.cores[core].seen.load(Ordering::Acquire) < ticket.0 {
                if self.cores[core].is_waiting.load(Ordering::SeqCst) || is_out_of_time() {
                    return Err(Entangled { core });
                }
                this_core::relax();
            }
            Ok(())
        });
        is_waiting.store(false, Ordering::SeqCst);
        outcome
    }

    /// A context of this core was set aside where it may read: until it has been let go, the core is not quiet.
    ///
    /// # Context
    /// That core, interrupts masked.
    pub fn hold_back(&self, _: &Authority) {
        let count = &self.here().set_aside;
        // Relaxed, as all of them: a core and its own interrupts.
        count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// One that was set aside on this core goes on.
    ///
    /// # Context
    /// That core, interrupts masked, after as many [`hold_back`](Self::hold_back).
    pub fn let_go(&self, _: &Authority) {
        let count = &self.here().set_aside;
        count.store(count.load(Ordering::Relaxed).saturating_sub(1), Ordering::Relaxed);
    }

    /// Whether a grace period waits for this core to be quiet. Stale at once.
    ///
    /// # Context
    /// A core that is registered and awake.
    #[inline]
    pub fn is_wanted(&self) -> bool {
        // Relaxed: a hint; who acts on it announces, which acquires.
        self.here().seen.load(Ordering::Relaxed) != self.epoch.load(Ordering::Relaxed)
    }

    #[inline]
    fn here(&self) -> &Core {
        // The remainder changes nothing: a core's number is below it. It spares the check of the index.
        &self.cores[this_core::index() % crate::MAX_CORES]
    }

    /// How many retired jobs have not run; a hint.
    ///
    /// A core that is about to sleep with some left gets the most done by one more turn first: the period of
    /// a job begins at one [`reclaim`](Self::reclaim) and can be over at the next, after a quiet point
    /// between.
    #[inline]
    pub fn pending(&self) -> usize {
        self.queue.pending()
    }

    /// Runs the jobs whose grace period is over, begins a period for those that have none, and says how many
    /// ran. Never waits.
    ///
    /// # Context
    ///
    /// Any core; not in an interrupt, since jobs free memory. When another core is at it, that one does it.
    pub fn reclaim(&self) -> usize {
        self.queue.reclaim(self)
    }
}

/// Whether the call that waits is over its time: it is ended when it is returned to.
fn is_out_of_time() -> bool {
    #[cfg(not(loom))]
    return crate::boundary::is_overdue();
    #[cfg(loom)]
    return false;
}

/// Another core waits for this one, which was about to wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entangled {
    /// Which one.
    pub core: usize,
}

impl fmt::Display for Entangled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "core {} waits for this core to be quiet, and can't be waited for", self.core)
    }
}

impl core::error::Error for Entangled {}

impl fmt::Debug for Grace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grace").field("pending", &self.pending()).finish_non_exhaustive()
    }
}
