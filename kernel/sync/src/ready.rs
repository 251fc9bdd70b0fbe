//! Ready: what could run on one core, by priority; the first that came first within one.
//!
//! Its core takes out what it runs next, others put in what they wake, and take out what they have time for. A lock of one word
//! stands before it, held with interrupts masked and for a few instructions: links are changed by nobody else, so what is in the
//! queue needs no order of its own. Opening the lock is a release and closing it an acquire, so whoever takes something out sees
//! what was done before it was put in.
//!
//! What is in a queue is there for ever ([`AtomicRef`]), and has one link: it can be in one queue at a time. Putting something in
//! that is in a queue already would cut off what comes behind it; who puts in sees to that by the state that goes with it
//! ([`Parking`](crate::Parking)).
//!
//! # Who leaves a core
//!
//! A core goes from one context to another under the lock ([`Ready::close`], [`Ready::open`]): who leaves is in the queue already, or can be
//! woken, and whoever would have it run elsewhere finds the lock closed until its registers are saved ([`Ready::wait_until_open`]).
//!
//! # Sleep
//!
//! A core that has marked itself as asleep looks once more, under the lock ([`Ready::is_empty`]). Who puts something in looks for the mark
//! afterwards. One of the two has the lock first: either the core sees what was put in, or who has put it in sees the mark.
//!
//! Does not know strands, cores or wake-ups.

use core::fmt;
use core::ptr;

use crate::atomic_ref::AtomicRef;
use crate::primitive::{AtomicBool, AtomicU32, Ordering, const_unless_loom};
use crate::this_core::{self, IrqsMasked};

/// How many priorities there are: 0 is the lowest.
#[cfg(not(loom))]
pub const PRIORITIES: usize = 32;
/// As many as a model needs.
#[cfg(loom)]
pub const PRIORITIES: usize = 2;

const _: () = assert!(PRIORITIES <= u32::BITS as usize, "a bit for each");

/// How many of one priority are looked at to find one that may be taken.
const LOOKED_AT: usize = 8;

/// How many of one priority are looked at to find a certain one.
const SEARCHED: usize = 256;

/// What can stand in a queue.
pub trait Queued: Sync + Sized + 'static {
    /// The link that it has for that. Nobody else uses it.
    fn link(&self) -> &AtomicRef<Self>;
}

/// A queue for each priority. In this order, so that the word that is exchanged is at the queue's own address.
#[repr(C)]
pub struct Ready<T: Queued> {
    is_locked: AtomicBool,
    /// A bit for each priority that has somebody. Written under the lock.
    present: AtomicU32,
    chains: [Chain<T>; PRIORITIES],
}

/// Some of one priority. All under the lock.
struct Chain<T: Queued> {
    first: AtomicRef<T>,
    last: AtomicRef<T>,
}

/// Where something is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Before all others of its priority.
    Front,
    /// Behind them.
    Back,
}

impl<T: Queued> Chain<T> {
    /// Whether it has more than one. Stale at once without the lock.
    fn has_two(&self) -> bool {
        self.first.get_own().is_some_and(|first| first.link().get_own().is_some())
    }

    const_unless_loom! {
        const fn new() -> Self {
            Self { first: AtomicRef::none(), last: AtomicRef::none() }
        }
    }

    /// Puts in `item`; whether nobody was there.
    fn push(&self, item: &'static T, end: End) -> bool {
        match (self.first.get_own(), end) {
            (None, _) => {
                item.link().put_own(None);
                self.first.put_own(Some(item));
                self.last.put_own(Some(item));
                return true;
            }
            (Some(first), End::Front) => {
                item.link().put_own(Some(first));
                self.first.put_own(Some(item));
            }
            (Some(_), End::Back) => {
                item.link().put_own(None);
                if let Some(last) = self.last.get_own() {
                    last.link().put_own(Some(item));
                }
                self.last.put_own(Some(item));
            }
        }
        false
    }

    /// Takes out the first of so many that `is_wanted`.
    fn take(&self, most: usize, is_wanted: impl Fn(&T) -> bool) -> Option<&'static T> {
        let (mut before, mut at) = (None::<&'static T>, self.first.get_own());
        for _ in 0..most {
            let item = at?;
            let next = item.link().get_own();
            if is_wanted(item) {
                match before {
                    None => self.first.put_own(next),
                    Some(before) => before.link().put_own(next),
                }
                if next.is_none() {
                    self.last.put_own(before);
                }
                return Some(item);
            }
            (before, at) = (Some(item), next);
        }
        None
    }
}

impl<T: Queued> Ready<T> {
    const_unless_loom! {
        /// Nobody is ready.
        #[expect(clippy::new_without_default, reason = "there is nothing to build a default on")]
        pub const fn new() -> Self {
            #[cfg(not(loom))]
            let chains = [const { Chain::new() }; PRIORITIES];
            #[cfg(loom)]
            let chains = core::array::from_fn(|_| Chain::new());
            Self {
                is_locked: AtomicBool::new(false),
                present: AtomicU32::new(0),
                chains,
            }
        }
    }

    /// Puts in `item`, which is in no queue. Priorities are below [`PRIORITIES`].
    ///
    /// # Context
    /// Any core, interrupts included. Waits for others that are at it, for a few instructions each.
    #[inline]
    pub fn push(&self, item: &'static T, priority: usize, end: End) {
        self.locked(|| self.put(item, priority, end));
    }

    /// As [`push`](Self::push), for who has closed the lock, or of a queue that only this core uses.
    #[inline]
    pub fn put(&self, item: &'static T, priority: usize, end: End) {
        // The remainder changes nothing: it spares the check of the index.
        let priority = priority % PRIORITIES;
        if self.chains[priority].push(item, end) {
            self.note(self.seen() | 1 << priority);
        }
    }

    /// Takes out the first of the highest priority.
    ///
    /// # Context
    /// As for [`push`](Self::push).
    #[inline]
    pub fn pop(&self) -> Option<&'static T> {
        self.locked(|| self.take(0))
    }

    /// Takes out the first of the highest priority, if that is no lower than `least`. For who has closed the lock, or of a queue that only
    /// this core uses.
    #[inline]
    pub fn take(&self, least: usize) -> Option<&'static T> {
        let present = self.seen();
        let priority = highest(present)?;
        if priority < least {
            return None;
        }
        let chain = &self.chains[priority % PRIORITIES];
        let first = chain.first.get_own()?;
        let next = first.link().get_own();
        chain.first.put_own(next);
        if next.is_none() {
            self.note(present & !(1 << priority));
        }
        Some(first)
    }

    /// Puts in `item` behind all others of its priority, and takes out the first of the highest, if that is no lower; else nothing
    /// happens. For who has closed the lock.
    #[inline]
    pub fn exchange(&self, item: &'static T, priority: usize) -> Option<&'static T> {
        // The remainder changes nothing, as below: it spares the check of the index.
        let priority = priority % PRIORITIES;
        if self.seen() >> priority != 1 {
            return self.exchange_with_other(item, priority);
        }
        let chain = &self.chains[priority];
        let (first, last) = (chain.first.get_own()?, chain.last.get_own()?);
        item.link().put_own(None);
        // Of one alone the link goes to the new one, too.
        last.link().put_own(Some(item));
        chain.last.put_own(Some(item));
        chain.first.put_own(first.link().get_own());
        Some(first)
    }

    /// As [`exchange`](Self::exchange), where the highest priority is another one, or nobody is there.
    fn exchange_with_other(&self, item: &'static T, priority: usize) -> Option<&'static T> {
        let first = self.take(priority + 1)?;
        self.put(item, priority, End::Back);
        Some(first)
    }

    /// Closes the lock.
    ///
    /// # Context
    /// Interrupts masked until [`open`](Self::open). Waits for others that are at it, for a few instructions each.
    #[inline(always)]
    pub fn close(&self) {
        // Acquire: what the last one has done under the lock comes before. Relaxed: when it is taken, nothing is touched.
        while self.is_locked.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err()
        {
            wait_a_moment();
        }
    }

    /// Opens the lock that this core has closed.
    #[inline(always)]
    pub fn open(&self) {
        // Release: see `close`.
        self.is_locked.store(false, Ordering::Release);
    }

    /// Waits until the lock is open. What was done under it before comes before what follows.
    ///
    /// # Context
    /// Any core, interrupts included, that has not closed it.
    #[inline]
    pub fn wait_until_open(&self) {
        // Acquire: pairs with the release of `open`.
        while self.is_locked.load(Ordering::Acquire) {
            wait_a_moment();
        }
    }

    /// Takes out the first of a few of the highest priority that has one that `is_wanted`.
    ///
    /// # Context
    /// As for [`push`](Self::push). `is_wanted` is asked under the lock.
    pub fn steal(&self, is_wanted: impl Fn(&T) -> bool) -> Option<&'static T> {
        if self.present.load(Ordering::Relaxed) == 0 {
            return None;
        }
        self.locked(|| {
            let mut left = self.seen();
            while let Some(priority) = highest(left) {
                let chain = &self.chains[priority % PRIORITIES];
                if let Some(item) = chain.take(LOOKED_AT, &is_wanted) {
                    if chain.first.get_own().is_none() {
                        self.note(self.seen() & !(1 << priority));
                    }
                    return Some(item);
                }
                left &= !(1 << priority);
            }
            None
        })
    }

    /// Moves `item` from one priority to behind all others of another, if it is found among the first [`SEARCHED`] of the former. Whether it is.
    ///
    /// # Context
    /// As for [`push`](Self::push).
    pub fn change(&self, item: &'static T, from: usize, to: usize) -> bool {
        let from = from % PRIORITIES;
        self.locked(|| {
            let chain = &self.chains[from];
            let is_there = chain.take(SEARCHED, |other| ptr::eq(other, item)).is_some();
            if is_there {
                if chain.first.get_own().is_none() {
                    self.note(self.seen() & !(1 << from));
                }
                self.put(item, to, End::Back);
            }
            is_there
        })
    }

    /// Whether nobody is there, asked under the lock: see the module.
    pub fn is_empty(&self) -> bool {
        self.locked(|| self.seen() == 0)
    }

    /// Whether more than one are there. Stale at once.
    pub fn has_several(&self) -> bool {
        let present = self.present.load(Ordering::Relaxed);
        let has_two = |priority: usize| self.chains[priority % PRIORITIES].has_two();
        present.count_ones() > 1 || highest(present).is_some_and(has_two)
    }

    /// The highest priority of anybody who is there. Stale at once.
    #[inline]
    pub fn highest(&self) -> Option<usize> {
        // Relaxed: a hint.
        highest(self.present.load(Ordering::Relaxed))
    }

    #[inline(always)]
    fn seen(&self) -> u32 {
        // Relaxed, as all under the lock.
        self.present.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn note(&self, present: u32) {
        self.present.store(present, Ordering::Relaxed);
    }

    /// Runs `work` under the lock. It calls nothing of anybody else's and does not panic.
    #[inline(always)]
    fn locked<R>(&self, work: impl FnOnce() -> R) -> R {
        let _masked = IrqsMasked::enter();
        self.close();
        let given = work();
        self.open();
        given
    }
}

/// The highest bit that is set.
#[inline(always)]
fn highest(present: u32) -> Option<usize> {
    present.checked_ilog2().map(|bit| bit as usize)
}

fn wait_a_moment() {
    #[cfg(target_os = "none")]
    this_core::relax();
    #[cfg(not(target_os = "none"))]
    {
        this_core::relax();
        crate::primitive::step_aside();
    }
}

impl<T: Queued> fmt::Debug for Ready<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").field("highest", &self.highest()).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
