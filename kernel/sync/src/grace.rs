//! When has every core passed a quiet point: quiescent-state-based reclamation.
//!
//! A grace period that began with epoch `e` is over when every core has, since, announced that it reads
//! nothing (or is idle). What was unpublished before the period began then has no reader left.
//!
//! # The protocol, and why it holds
//!
//! `epoch` counts periods. Each core has a word `seen`: the last epoch it has announced quiet in, or [`AWAY`]
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
//! Sleep is different: an idle core does not load `epoch`. It stores [`AWAY`] (release), and on its way back
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
//! # Source
//!
//! Hart, McKenney, Demke Brown, Walpole, *Performance of memory reclamation for lockless synchronization*,
//! JPDC 67 (2007), section 2.2. Does not know what it frees, nor which core calls it.

use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;
use core::ptr;

use crate::primitive::{
    AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, UnsafeCell, const_unless_loom, fence,
    for_each_core,
};
#[cfg(not(target_os = "none"))]
use crate::this_core::set_index;
use crate::this_core::{self, IrqsMasked};
#[cfg(not(target_os = "none"))]
use crate::{MAX_CORES, reading};

/// In `seen`: this core reads nothing. Above every epoch.
const AWAY: u64 = u64::MAX;

/// The kernel's one grace: every core registers with it.
#[cfg(not(loom))]
pub static GRACE: Grace = Grace::empty();

/// The cores that read, and what waits for them to be quiet.
pub struct Grace {
    epoch: AtomicU64,
    cores: [Core; crate::MAX_CORES],
    // A Treiber stack that is only ever taken whole.
    retired: AtomicPtr<Node>,
    // INVARIANT: `waiting` is touched only by who has changed `reclaiming` from false to true.
    reclaiming: AtomicBool,
    waiting: UnsafeCell<Batch>,
    pending: AtomicUsize,
}

// SAFETY: all fields are atomic but `waiting`, which `reclaiming` makes exclusive; jobs are `Send`.
unsafe impl Sync for Grace {}

/// One core's place, on a cache line of its own (64 bytes on every core we know).
#[repr(align(64))]
struct Core {
    seen: AtomicU64,
    is_registered: AtomicBool,
}

impl Core {
    /// Takes the place, if nobody has it.
    fn claim(&self) -> bool {
        // Acquire: what the thread before us in this place did (on the host) comes before. Relaxed when it is
        // taken: nothing is touched then.
        self.is_registered.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }
}

/// Jobs that wait for one period.
struct Batch {
    jobs: *mut Node,
    ticket: Ticket,
}

struct Node {
    next: *mut Node,
    job: Retired,
}

/// A grace period that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "ask `is_over` with it"]
pub struct Ticket(u64);

/// What to do once a grace period is over. Only a [`Grace`] can run it.
pub struct Retired(Box<dyn FnOnce() + Send>);

impl Retired {
    /// Wraps `job`.
    pub fn new(job: impl FnOnce() + Send + 'static) -> Self {
        Self(Box::new(job))
    }
}

impl fmt::Debug for Retired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retired").finish_non_exhaustive()
    }
}

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
                cores: for_each_core!(Core { seen: AtomicU64::new(AWAY), is_registered: AtomicBool::new(false) }),
                retired: AtomicPtr::new(ptr::null_mut()),
                reclaiming: AtomicBool::new(false),
                waiting: UnsafeCell::new(Batch { jobs: ptr::null_mut(), ticket: Ticket(0) }),
                pending: AtomicUsize::new(0),
            }
        }
    }

    /// Registers core number `core`, from now on a reader, and gives it the means to announce quiet.
    ///
    /// # Safety
    ///
    /// The caller promises, for the rest of the system's life:
    ///
    /// - It runs on that core, and [`this_core::index`] is `core` there and on no other core, whenever
    ///   interrupts are masked.
    /// - Only registered cores read snapshots or take slots of a [`Pool`](crate::Pool); nothing else runs
    ///   code. What IRQ masking does not hold off (FIQ, SError, debug exceptions) does neither.
    /// - A context that is set aside inside a read, by a switch to another, goes on before its core announces
    ///   quiet, or never.
    ///
    /// # Panics
    ///
    /// When `core` is not below [`MAX_CORES`](crate::MAX_CORES) or is registered.
    pub unsafe fn register(&'static self, core: usize) -> Reader {
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
            set_index(Some(core));
        }
        let mut reader = Reader { grace: self, core, _stays_on_its_core: PhantomData };
        reader.come_back();
        reader
    }

    /// Has `job` run after a grace period that begins later, by [`reclaim`](Self::reclaim).
    ///
    /// # Context
    ///
    /// Not in an interrupt: it allocates. Takes no lock.
    pub fn retire(&self, job: Retired) {
        let node = Box::into_raw(Box::new(Node { next: ptr::null_mut(), job }));
        // Relaxed: a hint for the run loop; the job itself is published below.
        self.pending.fetch_add(1, Ordering::Relaxed);
        // Relaxed: a guess, which the exchange checks.
        let mut top = self.retired.load(Ordering::Relaxed);
        loop {
            // SAFETY: not published yet, so ours.
            unsafe { (*node).next = top };
            // Release: the job, and the unpublishing before it, come before its being taken; a push on top
            // goes on with the release sequence of those beneath. No ABA: the stack is only taken whole.
            match self.retired.compare_exchange_weak(top, node, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
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

    /// How many retired jobs have not run; a hint.
    pub fn pending(&self) -> usize {
        // Relaxed: only a hint.
        self.pending.load(Ordering::Relaxed)
    }

    /// Runs the jobs whose grace period is over, begins a period for those that have none, and says how many
    /// ran. Never waits.
    ///
    /// # Context
    ///
    /// Any core; not in an interrupt, since jobs free memory. When another core is at it, nothing is done.
    pub fn reclaim(&self) -> usize {
        if self.pending() == 0 {
            return 0;
        }
        // Acquire: what the last reclaimer left in `waiting` is seen. Relaxed when someone is there: nothing
        // is touched then.
        if self.reclaiming.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return 0;
        }
        // SAFETY: this core has changed `reclaiming`, so nobody else is here.
        let jobs = self.waiting.with_mut(|waiting| self.turn_over(unsafe { &mut *waiting }));
        // Release: `waiting` as it is now goes to the next reclaimer.
        self.reclaiming.store(false, Ordering::Release);
        self.run(jobs)
    }

    /// Takes out the batch whose period is over, if it is, and lets the next one begin its own.
    fn turn_over(&self, waiting: &mut Batch) -> *mut Node {
        let mut over = ptr::null_mut();
        if !waiting.jobs.is_null() {
            if !self.is_over(&waiting.ticket) {
                return over;
            }
            over = core::mem::replace(&mut waiting.jobs, ptr::null_mut());
        }
        // Acquire: jobs, and the unpublishing before them, come before the period begins.
        let next = self.retired.swap(ptr::null_mut(), Ordering::Acquire);
        if !next.is_null() {
            *waiting = Batch { jobs: next, ticket: self.start() };
        }
        over
    }

    fn run(&self, mut jobs: *mut Node) -> usize {
        let mut count = 0;
        while !jobs.is_null() {
            // SAFETY: came from `Box::into_raw` in `retire`, and whoever took the stack whole is its only
            // owner.
            let node = unsafe { Box::from_raw(jobs) };
            jobs = node.next;
            // Relaxed: a hint.
            self.pending.fetch_sub(1, Ordering::Relaxed);
            count += 1;
            (node.job.0)();
        }
        count
    }
}

impl fmt::Debug for Grace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grace").field("pending", &self.pending()).finish_non_exhaustive()
    }
}

/// A registered core's means to announce that it reads nothing.
#[derive(Debug)]
pub struct Reader {
    grace: &'static Grace,
    core: usize,
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

    #[inline]
    fn announce(&mut self) {
        let seen = &self.grace.cores[self.core].seen;
        // Acquire: everything unpublished before this epoch is seen unpublished by the reads that follow.
        let epoch = self.grace.epoch.load(Ordering::Acquire);
        // Relaxed: only this core writes it. Leaving out the store announces less, which is always sound.
        if seen.load(Ordering::Relaxed) != epoch {
            // Release: the reads that precede come before whoever sees this.
            seen.store(epoch, Ordering::Release);
        }
    }

    /// Waits for an interrupt and counts as quiet meanwhile. Masked throughout, so that nothing on this core
    /// reads.
    fn sleep(&mut self) {
        let _masked = IrqsMasked::enter();
        // Release: the reads that precede come before whoever sees this.
        self.grace.cores[self.core].seen.store(AWAY, Ordering::Release);
        this_core::wait();
        self.come_back();
    }

    /// Becomes a reader, after being none.
    fn come_back(&mut self) {
        // Acquire: as in `announce`, for the periods that have begun by now.
        let epoch = self.grace.epoch.load(Ordering::Acquire);
        // Release: it can end a period, so reads before the absence come before it, as in `announce`.
        self.grace.cores[self.core].seen.store(epoch, Ordering::Release);
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
        set_index(None);
        let core = &self.grace.cores[self.core];
        // Release: as in `idle`.
        core.seen.store(AWAY, Ordering::Release);
        // Release: pairs with the acquire of who registers next.
        core.is_registered.store(false, Ordering::Release);
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
