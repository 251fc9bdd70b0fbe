//! What waits for a grace period, and gets run when it is over.
//!
//! Anyone may put a job in, at any time, without a lock: on a stack that is only ever taken whole (Treiber
//! 1986). Whoever reclaims moves jobs on in batches: those that have come in begin a period together and wait
//! for its end; those whose period is over are ready, and are taken out and run one by one, so that a job
//! that does not return takes no other with it.
//!
//! Does not know how a period is measured; see [`Grace`].

use alloc::boxed::Box;
use core::{fmt, mem, ptr};

use super::{Grace, Ticket};
use crate::primitive::{AtomicBool, AtomicPtr, AtomicUsize, Ordering, UnsafeCell, const_unless_loom};

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

/// One job in a list.
struct Node {
    next: *mut Node,
    job: Retired,
}

/// The jobs of one grace.
pub(super) struct Queue {
    // INVARIANT: null, or a list of nodes from `Box::into_raw` that the queue owns. So are the lists in
    // `stages`.
    incoming: AtomicPtr<Node>,
    // INVARIANT: `stages` is touched only by who has changed this from false to true.
    is_reclaiming: AtomicBool,
    stages: UnsafeCell<Stages>,
    pending: AtomicUsize,
}

// SAFETY: all fields are atomic but `stages`, which `is_reclaiming` makes exclusive; jobs are `Send`.
unsafe impl Sync for Queue {}

/// Where jobs are that have left the stack.
struct Stages {
    /// Those that wait for the end of `period`.
    waiting: *mut Node,
    period: Ticket,
    /// Those that may run.
    ready: *mut Node,
}

impl Queue {
    const_unless_loom! {
        pub(super) const fn new() -> Self {
            Self {
                incoming: AtomicPtr::new(ptr::null_mut()),
                is_reclaiming: AtomicBool::new(false),
                stages: UnsafeCell::new(Stages {
                    waiting: ptr::null_mut(),
                    period: Ticket(0),
                    ready: ptr::null_mut(),
                }),
                pending: AtomicUsize::new(0),
            }
        }
    }

    /// Puts a job in.
    pub(super) fn push(&self, job: Retired) {
        let node = Box::into_raw(Box::new(Node { next: ptr::null_mut(), job }));
        // Relaxed: a hint for the run loop; the job itself is published below.
        self.pending.fetch_add(1, Ordering::Relaxed);
        // Relaxed: a guess, which the exchange checks.
        let mut top = self.incoming.load(Ordering::Relaxed);
        loop {
            // SAFETY: not published yet, so ours.
            unsafe { (*node).next = top };
            // Release: the job, and the unpublishing before it, come before its being taken; a push on top
            // goes on with the release sequence of those beneath. No ABA: the stack is only taken whole.
            match self.incoming.compare_exchange_weak(top, node, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }

    /// How many jobs have not begun to run.
    pub(super) fn pending(&self) -> usize {
        // Relaxed: only a hint.
        self.pending.load(Ordering::Relaxed)
    }

    /// Moves jobs on, runs those that are ready, and says how many.
    pub(super) fn reclaim(&self, grace: &Grace) -> usize {
        if self.pending() == 0 {
            return 0;
        }
        let mut count = 0;
        let mut next = self.exclusively(|stages| {
            self.advance(stages, grace);
            stages.pop()
        });
        while let Some(job) = next.flatten() {
            // Relaxed: a hint.
            self.pending.fetch_sub(1, Ordering::Relaxed);
            count += 1;
            (job.0)();
            // When another core is at it by now, it goes on until none is ready.
            next = self.exclusively(Stages::pop);
        }
        count
    }

    /// Runs `f` with the stages, unless another core is at it. `f` is short and calls no job.
    fn exclusively<U>(&self, f: impl FnOnce(&mut Stages) -> U) -> Option<U> {
        // Acquire: what the last one left is seen. Relaxed when someone is there: nothing is touched then.
        self.is_reclaiming.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).ok()?;
        // SAFETY: this core has changed `is_reclaiming`, so nobody else is here.
        let result = self.stages.with_mut(|stages| f(unsafe { &mut *stages }));
        // Release: the stages as they are now go to the next one.
        self.is_reclaiming.store(false, Ordering::Release);
        Some(result)
    }

    /// Makes the waiting jobs ready if their period is over; then lets those that have come in begin one.
    fn advance(&self, stages: &mut Stages, grace: &Grace) {
        if !stages.waiting.is_null() {
            if !stages.ready.is_null() || !grace.is_over(&stages.period) {
                return;
            }
            stages.ready = mem::replace(&mut stages.waiting, ptr::null_mut());
        }
        // Acquire: jobs, and the unpublishing before them, come before the period begins.
        let incoming = self.incoming.swap(ptr::null_mut(), Ordering::Acquire);
        if !incoming.is_null() {
            stages.waiting = incoming;
            stages.period = grace.start();
        }
    }
}

impl Stages {
    /// Takes out one job that may run.
    fn pop(&mut self) -> Option<Retired> {
        if self.ready.is_null() {
            return None;
        }
        // SAFETY: came from `Box::into_raw` in `push`, and is in no other list.
        let node = unsafe { Box::from_raw(self.ready) };
        self.ready = node.next;
        Some(node.job)
    }
}
