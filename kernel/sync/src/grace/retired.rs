//! What waits for a grace period, and gets run when it is over.
//!
//! Anyone may put a job in, at any time, without a lock: on a stack that is only ever taken whole (Treiber
//! 1986). Whoever reclaims moves jobs on in batches: those that have come in begin a period together and wait
//! for its end; those whose period is over are ready, and are taken out and run one by one, so that a job
//! that does not return takes no other with it.
//!
//! Does not know how a period is measured; see [`Grace`].

use alloc::boxed::Box;
use core::fmt;
use core::mem::{self, ManuallyDrop, MaybeUninit};
use core::ptr::{self, NonNull};

use super::{Grace, Ticket};
use crate::primitive::{AtomicBool, AtomicPtr, AtomicUsize, Ordering, UnsafeCell, const_unless_loom};

/// What to do once a grace period is over. Only a [`Grace`] can run it.
#[must_use = "dropped, it is never done"]
pub struct Retired {
    // INVARIANT: the `node` of a `Packed<J>` from `Box::into_raw`, for the `J` that its `end` was made for;
    // owned.
    node: NonNull<Node>,
}

// SAFETY: owns its job, which is `Send` by the bound of `Room::fill`.
unsafe impl Send for Retired {}

/// One job in a list.
struct Node {
    next: *mut Node,
    end: unsafe fn(NonNull<Node>, End),
}

/// A node with its job, in one allocation.
#[repr(C)]
struct Packed<J> {
    // First, so that a pointer to the one is a pointer to the other.
    node: Node,
    job: J,
}

/// What to do with a job; either way it is gone afterwards.
enum End {
    Run,
    Drop,
}

/// Memory for a job, so that retiring cannot fail once there is something to retire.
pub(crate) struct Room<J>(Box<MaybeUninit<Packed<J>>>);

impl<J: FnOnce() + Send + 'static> Room<J> {
    pub(crate) fn new() -> Self {
        Self(Box::new_uninit())
    }

    pub(crate) fn fill(self, job: J) -> Retired {
        let node = Node { next: ptr::null_mut(), end: end::<J> };
        let packed = Box::write(self.0, Packed { node, job });
        Retired { node: NonNull::from(Box::leak(packed)).cast() }
    }
}

impl Retired {
    /// Wraps `job`.
    pub fn new(job: impl FnOnce() + Send + 'static) -> Self {
        Room::new().fill(job)
    }

    /// Where the function lies that does it: compiled into the crate that made this.
    pub(crate) fn code(&self) -> usize {
        // SAFETY: owned, hence valid.
        let end = unsafe { self.node.as_ref() }.end;
        end as *const () as usize
    }

    fn run(self) {
        self.end(End::Run);
    }

    fn end(self, how: End) {
        let node = ManuallyDrop::new(self).node;
        // SAFETY: owned, hence valid.
        let end = unsafe { node.as_ref() }.end;
        // SAFETY: `end` was made for this node's job, which we own, and `ManuallyDrop` keeps it from being
        // ended again.
        unsafe { end(node, how) };
    }
}

impl Drop for Retired {
    fn drop(&mut self) {
        Self { node: self.node }.end(End::Drop);
    }
}

impl fmt::Debug for Retired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retired").finish_non_exhaustive()
    }
}

/// Runs or drops a job.
///
/// # Safety
///
/// `node` is that of a `Packed<J>` from a box, which the caller gives up.
unsafe fn end<J: FnOnce()>(node: NonNull<Node>, how: End) {
    // SAFETY: `node` comes first in what the box held, by the caller's promise.
    let packed = unsafe { Box::from_raw(node.cast::<Packed<J>>().as_ptr()) };
    let Packed { job, .. } = *packed;
    match how {
        End::Run => job(),
        End::Drop => drop(job),
    }
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
        let node = ManuallyDrop::new(job).node;
        // Relaxed: a hint for the run loop; the job itself is published below.
        self.pending.fetch_add(1, Ordering::Relaxed);
        // Relaxed: a guess, which the exchange checks.
        let mut top = self.incoming.load(Ordering::Relaxed);
        loop {
            // SAFETY: not published yet, so ours.
            unsafe { (*node.as_ptr()).next = top };
            // Release: the job, and the unpublishing before it, come before its being taken; a push on top
            // goes on with the release sequence of those beneath. No ABA: the stack is only taken whole.
            match self.incoming.compare_exchange_weak(
                top,
                node.as_ptr(),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }

    /// How many jobs have not begun to run.
    #[inline]
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
            job.run();
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
        let node = NonNull::new(self.ready)?;
        // SAFETY: in our list, hence valid.
        self.ready = unsafe { node.as_ref() }.next;
        // In no list any more, so it is a `Retired` again.
        Some(Retired { node })
    }
}
