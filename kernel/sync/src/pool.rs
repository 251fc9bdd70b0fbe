//! The slots that envelopes live in: a fixed set for each core, made once and used over and over.
//!
//! A core takes slots from its own set only, and gives back any slot to the set it came from. Its free slots
//! are a plain list that no other core touches; slots given back go on a stack beside it, which the owner
//! takes whole when its list runs low.
//!
//! # Why it is safe
//!
//! - The free list is touched only by the core it belongs to, with interrupts masked, in a section that calls
//!   nothing of the caller's. In the kernel, that the number a core reads is its own and nobody else's is
//!   what the caller of [`Grace::register`](crate::Grace::register) promises; on the host, where two graces
//!   may number threads alike, a flag keeps them apart.
//! - The stack of returned slots is Treiber's (1986) with push and take-all, never pop of one; so no slot can
//!   leave and come back between the look at its top and the exchange with harm (no ABA).
//!
//! Knows nothing of inboxes: a full pool is what bounds them.

use alloc::boxed::Box;
use core::fmt;
use core::ptr::{self, NonNull};

use crate::MAX_CORES;
use crate::envelope::{Envelope, Slot, Vacancy};
use crate::primitive::{AtomicPtr, Ordering, UnsafeCell, const_unless_loom, for_each_core};
use crate::this_core::{self, IrqsMasked};

/// Slots for messages of type `T`, for every core its own.
pub struct Pool<T: 'static> {
    homes: [Home<T>; MAX_CORES],
}

// SAFETY: the free lists belong to their cores (see the module), the rest is atomic; values are moved across
// cores, hence `Send`.
unsafe impl<T: Send> Sync for Pool<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Pool<T> {}

/// One core's set.
#[repr(align(64))]
pub(crate) struct Home<T: 'static> {
    // INVARIANT: touched only by the core it belongs to, with interrupts masked. A list of `count` slots, all
    // empty and owned by it.
    free: UnsafeCell<Free<T>>,
    // INVARIANT: all slots in it are empty and owned by it.
    returned: AtomicPtr<Slot<T>>,
    #[cfg(all(not(loom), not(target_os = "none")))]
    is_busy: crate::primitive::AtomicBool,
}

struct Free<T: 'static> {
    first: *mut Slot<T>,
    count: usize,
}

impl<T> Pool<T> {
    const_unless_loom! {
        /// Makes a pool without slots.
        pub const fn new() -> Self {
            Self { homes: for_each_core!(Home::new()) }
        }
    }

    /// Adds `count` slots to the set of core number `core`. They stay for ever.
    ///
    /// # Panics
    ///
    /// When `core` is not below [`MAX_CORES`].
    ///
    /// # Context
    ///
    /// Any core, not in an interrupt: it allocates.
    pub fn open(&'static self, core: usize, count: usize) {
        let home = &self.homes[core];
        let slots: Box<[Slot<T>]> = (0..count).map(|_| Slot::new(home)).collect();
        for slot in Box::leak(slots) {
            // SAFETY: new, hence empty, ours and in no list.
            unsafe { home.give_back(NonNull::from(slot)) };
        }
    }

    /// Puts `value` into a free slot of this core, leaving at least `reserve` slots free for others that ask
    /// with a smaller one.
    ///
    /// # Errors
    ///
    /// Gives `value` back when no more than `reserve` slots are free.
    ///
    /// # Context
    ///
    /// Any core, interrupts included. Neither waits nor allocates; masks interrupts for a few instructions.
    ///
    /// # Panics
    ///
    /// On the host, when the thread is not registered as a core.
    #[inline]
    pub fn take(&self, value: T, reserve: usize) -> Result<Envelope<T>, T> {
        match self.vacancy(reserve) {
            Some(vacancy) => Ok(vacancy.seal(value)),
            None => Err(value),
        }
    }

    /// As [`take`](Self::take), for a value that is made only once there is room for it.
    ///
    /// # Context
    ///
    /// As for [`take`](Self::take).
    ///
    /// # Panics
    ///
    /// As [`take`](Self::take).
    #[inline]
    pub fn vacancy(&self, reserve: usize) -> Option<Vacancy<T>> {
        // SAFETY: came out of a free list: empty, and ours now.
        self.take_slot(reserve).map(|slot| unsafe { Vacancy::new(slot) })
    }

    #[inline]
    fn take_slot(&self, reserve: usize) -> Option<NonNull<Slot<T>>> {
        // Masked first: from here on this code stays on its core.
        let _masked = IrqsMasked::enter();
        let home = &self.homes[this_core::index()];
        home.owned(|free| {
            if free.count <= reserve {
                home.refill(free);
                if free.count <= reserve {
                    return None;
                }
            }
            // SAFETY: the count is above `reserve`, so the list is not empty.
            let slot = unsafe { NonNull::new_unchecked(free.first) };
            // SAFETY: in the free list, so owned by it. Relaxed: written by this core, or acquired by
            // `refill`.
            free.first = unsafe { slot.as_ref() }.next.load(Ordering::Relaxed);
            free.count -= 1;
            Some(slot)
        })
    }
}

impl<T> Home<T> {
    const_unless_loom! {
        const fn new() -> Self {
            Self {
                free: UnsafeCell::new(Free { first: ptr::null_mut(), count: 0 }),
                returned: AtomicPtr::new(ptr::null_mut()),
                #[cfg(all(not(loom), not(target_os = "none")))]
                is_busy: crate::primitive::AtomicBool::new(false),
            }
        }
    }

    /// Runs `f` with the free list. The caller is on the core it belongs to, with interrupts masked, and `f`
    /// does not come here again.
    #[inline(always)]
    fn owned<U>(&self, f: impl FnOnce(&mut Free<T>) -> U) -> U {
        #[cfg(all(not(loom), not(target_os = "none")))]
        // Acquire and release: threads that share a number take turns.
        while self.is_busy.swap(true, Ordering::Acquire) {
            this_core::relax();
        }
        // SAFETY: exclusive, as the module argues.
        let result = self.free.with_mut(|free| f(unsafe { &mut *free }));
        #[cfg(all(not(loom), not(target_os = "none")))]
        self.is_busy.store(false, Ordering::Release);
        result
    }

    /// Takes what was given back and puts it before what is free.
    #[cold]
    fn refill(&self, free: &mut Free<T>) {
        // Relaxed: nothing there is the common case of a full pool; what is there is acquired next.
        if self.returned.load(Ordering::Relaxed).is_null() {
            return;
        }
        // Acquire: the last use of each slot, and its link, come before ours.
        let first = self.returned.swap(ptr::null_mut(), Ordering::Acquire);
        let mut count = free.count;
        let mut slot = first;
        while let Some(this) = NonNull::new(slot) {
            count += 1;
            // SAFETY: taken whole, so owned by this list.
            let next = &unsafe { this.as_ref() }.next;
            // Relaxed: acquired above.
            slot = next.load(Ordering::Relaxed);
            if slot.is_null() {
                // Relaxed: only this core reads it.
                next.store(free.first, Ordering::Relaxed);
            }
        }
        *free = Free { first, count };
    }

    /// Puts an empty slot on the stack of returned ones.
    ///
    /// # Safety
    ///
    /// `slot` belongs to this set and is empty; the caller owns it and gives it up.
    #[inline(always)]
    pub(crate) unsafe fn give_back(&self, slot: NonNull<Slot<T>>) {
        // SAFETY: slots live for ever.
        let next = &unsafe { slot.as_ref() }.next;
        // Relaxed: a guess, which the exchange checks.
        let mut top = self.returned.load(Ordering::Relaxed);
        loop {
            // Relaxed: published by the exchange.
            next.store(top, Ordering::Relaxed);
            // Release: our use of the slot, and its link, come before its being taken; a push on top goes on
            // with the release sequence of those beneath.
            match self.returned.compare_exchange(top, slot.as_ptr(), Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
