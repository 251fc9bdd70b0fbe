//! The slots that envelopes live in: a fixed set for each core, made once and used over and over.
//!
//! A core takes slots from its own set only. They are a ring that it goes round: a slot is free when its last
//! message is over, and the slot itself says so. So nothing is given back: to end the message is enough, on
//! whichever core that happens. A slot whose message is not over is passed by. Those that a core has in
//! reserve, for what is urgent, are a second ring.
//!
//! # Why it is safe
//!
//! - Where a core is on its ring, and the ring itself, is touched only by that core, with interrupts masked,
//!   in a section that calls nothing of the caller's. In the kernel, that the number a core reads is its own
//!   and nobody else's is what the caller of [`Grace::register`](crate::Grace::register) promises; on the
//!   host, where two graces may number threads alike, a flag keeps them apart.
//! - So only that core takes a slot of the ring, and only one that it finds free (acquire). Whoever had it
//!   before has ended its message (release), and touches the slot no more.
//! - New slots come by a stack (Treiber 1986) that the owner takes whole.
//!
//! The links of the ring lie apart from the slots: they are followed with interrupts masked, in the name of whoever posts,
//! and what a message holds may be damaged.
//!
//! Knows nothing of inboxes: a full pool is what bounds them.

mod slots;

pub use slots::Slots;

use alloc::boxed::Box;
use core::cell::Cell;
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

// SAFETY: the rings belong to their cores (see the module), the rest is atomic; values are moved across
// cores, hence `Send`.
unsafe impl<T: Send> Sync for Pool<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Pool<T> {}

/// One core's slots.
#[repr(align(64))]
struct Home<T: 'static> {
    common: Ring<T>,
    reserve: Ring<T>,
}

/// Slots in a circle.
struct Ring<T: 'static> {
    // INVARIANT: touched only by the core it belongs to, with interrupts masked.
    place: UnsafeCell<Place<T>>,
    // INVARIANT: null, or a list of new links by `after`, which ends with null and is owned by the ring.
    added: AtomicPtr<Link<T>>,
    #[cfg(all(not(loom), not(target_os = "none")))]
    is_busy: crate::primitive::AtomicBool,
}

struct Place<T: 'static> {
    /// The slot to look at next: one of `count` in a circle by `after`, which this core alone takes slots of. Null
    /// without any.
    at: *mut Link<T>,
    count: usize,
}

/// A slot's place in its ring. Lives for ever. `tools/xtask/src/inject/flip.rs` knows this order.
#[repr(C)]
struct Link<T: 'static> {
    slot: NonNull<Slot<T>>,
    /// That of the next of its core's slots.
    // INVARIANT: touched by who makes it, and then only by the core that the ring belongs to. (No atomic, so that both are one load.)
    after: Cell<*mut Link<T>>,
}

impl<T> Pool<T> {
    const_unless_loom! {
        /// Makes a pool without slots.
        pub const fn new() -> Self {
            Self { homes: for_each_core!(Home::new()) }
        }
    }

    /// Adds `count` slots to the set of core number `core`, and says which. They stay for ever.
    ///
    /// # Panics
    ///
    /// When `core` is not below [`MAX_CORES`].
    ///
    /// # Context
    ///
    /// Any core, not in an interrupt: it allocates.
    pub fn open(&'static self, core: usize, count: usize) -> Slots<T> {
        self.homes[core].common.add(count)
    }

    /// As [`open`](Self::open), for slots that only [`urgent_vacancy`](Self::urgent_vacancy) takes.
    ///
    /// # Panics
    ///
    /// As [`open`](Self::open).
    ///
    /// # Context
    ///
    /// As for [`open`](Self::open).
    pub fn open_reserve(&'static self, core: usize, count: usize) {
        let _: Slots<T> = self.homes[core].reserve.add(count);
    }

    /// Puts `value` into a free slot of this core.
    ///
    /// # Errors
    ///
    /// Gives `value` back when none but those in reserve are free.
    ///
    /// # Context
    ///
    /// Any core, interrupts included. Neither waits nor allocates; masks interrupts for a few instructions.
    ///
    /// # Panics
    ///
    /// On the host, when the thread is not registered as a core.
    #[inline]
    pub fn take(&self, value: T) -> Result<Envelope<T>, T> {
        match self.vacancy() {
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
    pub fn vacancy(&self) -> Option<Vacancy<T>> {
        self.vacancy_of(|home| &home.common)
    }

    /// As [`vacancy`](Self::vacancy), from the reserve if one is free there.
    ///
    /// # Context
    ///
    /// As for [`take`](Self::take).
    ///
    /// # Panics
    ///
    /// As [`take`](Self::take).
    #[inline]
    pub fn urgent_vacancy(&self) -> Option<Vacancy<T>> {
        self.vacancy_of(|home| &home.reserve).or_else(|| self.vacancy())
    }

    #[inline(always)]
    fn vacancy_of(&self, ring: fn(&Home<T>) -> &Ring<T>) -> Option<Vacancy<T>> {
        let slot = match self.here(ring, Ring::step) {
            Some(slot) => slot,
            None => self.search(ring)?,
        };
        // SAFETY: was free, and is ours now.
        Some(unsafe { Vacancy::new(slot) })
    }

    /// Goes round the ring once, with interrupts let in between one step and the next. (One that takes slots
    /// itself goes on where this stands, so that each slot is looked at by one of the two.)
    #[cold]
    fn search(&self, ring: fn(&Home<T>) -> &Ring<T>) -> Option<NonNull<Slot<T>>> {
        let count = self.here(ring, Ring::admit);
        (0..count).find_map(|_| self.here(ring, Ring::step))
    }

    /// Runs `f` with this core's ring.
    #[inline(always)]
    fn here<U>(
        &self,
        ring: impl FnOnce(&Home<T>) -> &Ring<T>,
        f: impl FnOnce(&Ring<T>, &mut Place<T>) -> U,
    ) -> U {
        // Masked first: from here on this code stays on its core.
        let _masked = IrqsMasked::enter();
        // The remainder changes nothing: the number of a core is below it. It spares the check of the index.
        let ring = ring(&self.homes[this_core::index() % MAX_CORES]);
        #[cfg(all(not(loom), not(target_os = "none")))]
        // Acquire and release: threads that share a number take turns.
        while ring.is_busy.swap(true, Ordering::Acquire) {
            this_core::relax();
        }
        // SAFETY: exclusive, as the module argues; `f` is `step` or `admit`, which do not come here again.
        let result = ring.place.with_mut(|place| f(ring, unsafe { &mut *place }));
        #[cfg(all(not(loom), not(target_os = "none")))]
        ring.is_busy.store(false, Ordering::Release);
        result
    }
}

impl<T> Home<T> {
    const_unless_loom! {
        const fn new() -> Self {
            Self { common: Ring::new(), reserve: Ring::new() }
        }
    }
}

impl<T> Ring<T> {
    const_unless_loom! {
        const fn new() -> Self {
            Self {
                place: UnsafeCell::new(Place { at: ptr::null_mut(), count: 0 }),
                added: AtomicPtr::new(ptr::null_mut()),
                #[cfg(all(not(loom), not(target_os = "none")))]
                is_busy: crate::primitive::AtomicBool::new(false),
            }
        }
    }

    /// Makes slots that the core it belongs to finds when it next finds no other.
    fn add(&self, count: usize) -> Slots<T> {
        let link = |slot: &'static mut Slot<T>| Link { slot: slot.into(), after: Cell::new(ptr::null_mut()) };
        let links: Box<[Link<T>]> = Slot::several(count).iter_mut().map(link).collect();
        let links: &'static [Link<T>] = Box::leak(links);
        for link in links {
            let new = ptr::from_ref(link).cast_mut();
            // Relaxed: a guess, which the exchange checks.
            let mut top = self.added.load(Ordering::Relaxed);
            loop {
                // Published by the exchange.
                link.after.set(top);
                // Release: slot and link come before their being taken; a push on top goes on with the release sequence
                // of those beneath. No ABA: the stack is only taken whole.
                match self.added.compare_exchange(top, new, Ordering::Release, Ordering::Relaxed) {
                    Ok(_) => break,
                    Err(now) => top = now,
                }
            }
        }
        Slots::new(links)
    }

    /// Takes the slot at `place` if it is free, and goes on to the next.
    #[inline(always)]
    fn step(&self, place: &mut Place<T>) -> Option<NonNull<Slot<T>>> {
        let link = NonNull::new(place.at)?;
        // SAFETY: links live for ever.
        let link = unsafe { link.as_ref() };
        // Both now, in one load.
        let slot = link.slot;
        place.at = link.after.get();
        // SAFETY: slots live for ever.
        unsafe { slot.as_ref() }.progress.take().then_some(slot)
    }

    /// Puts what was added into the ring at `place`, and says how many there are.
    fn admit(&self, place: &mut Place<T>) -> usize {
        // Acquire: the slots come before our use of them.
        let mut added = self.added.swap(ptr::null_mut(), Ordering::Acquire);
        while let Some(link) = NonNull::new(added) {
            // SAFETY: links live for ever.
            let after = &unsafe { link.as_ref() }.after;
            // Acquired above, and this core's own, like all that follows.
            added = after.get();
            match NonNull::new(place.at) {
                None => after.set(link.as_ptr()),
                Some(at) => {
                    // SAFETY: links live for ever.
                    let before = &unsafe { at.as_ref() }.after;
                    after.set(before.get());
                    before.set(link.as_ptr());
                }
            }
            place.at = link.as_ptr();
            place.count += 1;
        }
        place.count
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
