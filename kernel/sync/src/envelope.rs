//! A message on its way: a slot of a [`Pool`](crate::Pool) with a value in it, owned by whoever holds it. And
//! the slot before it has one.
//!
//! Opening, running or dropping one ends the message, on whichever core that happens, and so gives the slot back
//! to the pool it came from. Leaking one loses the slot and nothing else.

use alloc::boxed::Box;
use core::fmt;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
// Not a model's: all of it is known before there are threads.
use core::sync::atomic::{self, AtomicUsize};

use crate::delivery::{Delivery, Progress};
use crate::parcel::Parcel;
use crate::primitive::{AtomicPtr, Ordering, UnsafeCell};

/// The place of one message. Lives for ever, since pools never give memory back. In this order, so that the
/// word that is exchanged is at the slot's own address.
#[repr(C)]
pub(crate) struct Slot<T: 'static> {
    /// Whether the slot is taken, and how often it was.
    pub(crate) progress: Progress,
    /// The next in the list of messages that the slot is in.
    pub(crate) next: AtomicPtr<Slot<T>>,
    /// Its own address, which nothing else has at this place: so a link that was damaged is told from one that was not.
    own: usize,
    // INVARIANT: holds a value exactly while an `Envelope` (or an inbox, in its place) owns the slot.
    value: UnsafeCell<MaybeUninit<T>>,
}

/// Between which addresses all slots lie, the first byte of each. Relaxed: written before any of them is handed out.
static LOWEST: AtomicUsize = AtomicUsize::new(usize::MAX);
static HIGHEST: AtomicUsize = AtomicUsize::new(0);

/// Slots that were made together, for ever.
struct Together {
    /// Where the first lies, how far one is from the next, and how many there are.
    first: usize,
    each: usize,
    count: usize,
    older: *const Together,
}

/// All of them, by `older`. Only ever added to.
static ALL: atomic::AtomicPtr<Together> = atomic::AtomicPtr::new(ptr::null_mut());

impl Together {
    fn add(first: usize, each: usize, count: usize) {
        let new = Box::leak(Box::new(Self { first, each, count, older: ptr::null() }));
        // Relaxed: a guess, which the exchange checks.
        let mut older = ALL.load(Ordering::Relaxed);
        loop {
            new.older = older;
            // Release: pairs with the acquire of `has`. No ABA: nothing is taken out.
            match ALL.compare_exchange(older, new, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => older = now,
            }
        }
    }

    /// Whether a slot lies at `address`, one of any that are `each` apart.
    #[cold]
    #[inline(never)]
    fn has(address: usize, each: usize) -> bool {
        let mut at = ALL.load(Ordering::Acquire).cast_const();
        // SAFETY: null, or leaked and never changed once it is in the list.
        while let Some(together) = unsafe { at.as_ref() } {
            let distance = address.wrapping_sub(together.first);
            if together.each == each && distance.is_multiple_of(each) && distance / each < together.count {
                return true;
            }
            at = together.older;
        }
        false
    }
}

impl<T> Slot<T> {
    /// Makes so many empty slots, for ever.
    pub(crate) fn several(count: usize) -> &'static mut [Self] {
        let empty = || Self {
            progress: Progress::new(),
            next: AtomicPtr::new(ptr::null_mut()),
            own: 0,
            value: UnsafeCell::new(MaybeUninit::uninit()),
        };
        let slots = Box::leak((0..count).map(|_| empty()).collect::<Box<[_]>>());
        for slot in &mut *slots {
            slot.own = ptr::from_ref(slot).addr();
            LOWEST.fetch_min(slot.own, Ordering::Relaxed);
            HIGHEST.fetch_max(slot.own, Ordering::Relaxed);
        }
        Together::add(ptr::from_ref(slots).addr(), size_of::<Self>(), count);
        slots
    }

    /// The slot that a link leads to; none at the end of a list, nor where there is no slot. What a message holds may be
    /// damaged, and whoever follows it is the kernel. (Messages are parcels, whose slots lie no power of two apart: one bit that
    /// flips does not lead from one to another.)
    pub(crate) fn linked(link: *mut Self) -> Option<NonNull<Self>> {
        let (slot, address) = (NonNull::new(link)?, link.addr());
        let is_near = (LOWEST.load(Ordering::Relaxed)..=HIGHEST.load(Ordering::Relaxed)).contains(&address);
        // SAFETY: a link leads to a slot; one that was damaged, and is followed, to where others lie on both sides, which in
        // the kernel is its heap. The field is never written once there are links.
        let is_slot = is_near && link.is_aligned() && unsafe { slot.as_ref() }.own == address;
        // Its own address may be what was damaged, and the slot be used again and again.
        (is_slot || Together::has(address, size_of::<Self>())).then_some(slot)
    }
}

/// An empty slot, owned by whoever holds it.
#[must_use = "dropping a vacancy gives the slot back"]
pub struct Vacancy<T: 'static> {
    // INVARIANT: the slot is in no list, this is the only pointer to it that is used, and it is empty.
    slot: NonNull<Slot<T>>,
}

// SAFETY: owns its slot, which is empty; what is put in later is bounded by `Envelope`'s own `Send`.
unsafe impl<T> Send for Vacancy<T> {}
// SAFETY: a shared reference gives access to nothing.
unsafe impl<T> Sync for Vacancy<T> {}

impl<T> Vacancy<T> {
    /// Takes `slot` over.
    ///
    /// # Safety
    ///
    /// `slot` is empty, and the caller owns it and gives it up.
    #[inline(always)]
    pub(crate) unsafe fn new(slot: NonNull<Slot<T>>) -> Self {
        Self { slot }
    }

    /// Puts `value` in.
    #[inline(always)]
    pub fn seal(self, value: T) -> Envelope<T> {
        let slot = ManuallyDrop::new(self).slot;
        // SAFETY: slots live for ever.
        let place = &unsafe { slot.as_ref() }.value;
        // SAFETY: the slot was ours and empty, so nobody else looks at the place.
        place.with_mut(|place| unsafe { place.cast::<T>().write(value) });
        Envelope { slot }
    }
}

impl<T> Drop for Vacancy<T> {
    fn drop(&mut self) {
        // SAFETY: slots live for ever. Empty, and nobody uses it after this; nor can anybody have watched it.
        let _: bool = unsafe { self.slot.as_ref() }.progress.end();
    }
}

impl<T> fmt::Debug for Vacancy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vacancy").finish_non_exhaustive()
    }
}

/// A value in a slot.
#[must_use = "dropping an envelope drops the message"]
pub struct Envelope<T: 'static> {
    // INVARIANT: the slot is in no list, this is the only pointer to it that is used, and it holds a value.
    slot: NonNull<Slot<T>>,
}

// SAFETY: owns its slot and the value in it.
unsafe impl<T: Send> Send for Envelope<T> {}
// SAFETY: a shared reference gives a shared reference to the value and nothing else.
unsafe impl<T: Sync> Sync for Envelope<T> {}

impl<T> Envelope<T> {
    /// The slot with the value in it, which the caller now owns.
    #[inline(always)]
    pub(crate) fn into_slot(self) -> NonNull<Slot<T>> {
        ManuallyDrop::new(self).slot
    }

    /// Takes a slot back that `into_slot` gave.
    ///
    /// # Safety
    ///
    /// `slot` came from `into_slot`, and the caller owns it and gives it up.
    #[inline(always)]
    pub(crate) unsafe fn from_slot(slot: NonNull<Slot<T>>) -> Self {
        Self { slot }
    }

    /// Takes the value out and gives the slot back to its pool.
    #[inline]
    pub fn open(self) -> T {
        let envelope = ManuallyDrop::new(self);
        // SAFETY: the slot holds a value; it is empty afterwards and goes home.
        let value = envelope.place().with_mut(|place| unsafe { place.cast::<T>().read() });
        // SAFETY: empty now, and `ManuallyDrop` keeps it from being given back again.
        unsafe { finish(envelope.slot) };
        value
    }

    /// The handle by which to ask whether this message is over.
    #[inline(always)]
    pub fn delivery(&self) -> Delivery {
        // SAFETY: slots live for ever. Owned, so the message in it is this one.
        unsafe { self.slot.as_ref() }.progress.delivery()
    }

    #[inline(always)]
    fn place(&self) -> &UnsafeCell<MaybeUninit<T>> {
        // SAFETY: slots live for ever.
        &unsafe { self.slot.as_ref() }.value
    }
}

impl Envelope<Parcel> {
    /// Runs the parcel out of its slot. What it did, the drop of its state included, is done before the message is
    /// over; until then it has its slot.
    #[inline]
    pub fn run(self) {
        let slot = self.into_slot();
        // Finished also when the parcel panics (on the host).
        let _over = OnDrop(|| {
            // SAFETY: `run_in` below has emptied it, whether it returned or not.
            unsafe { finish(slot) }
        });
        // SAFETY: slots live for ever.
        let parcel = unsafe { slot.as_ref() }.value.with_mut(<*mut _>::cast::<Parcel>);
        // SAFETY: `parcel` is the slot's value, and `into_slot` has made us the owner of both.
        unsafe { Parcel::run_in(parcel) };
    }
}

/// Ends the message that was in `slot`, which is free then, and wakes who watched it.
///
/// # Safety
///
/// `slot` is empty, and the caller owns it and gives it up.
#[inline(always)]
unsafe fn finish<T>(slot: NonNull<Slot<T>>) {
    // SAFETY: slots live for ever.
    let progress = &unsafe { slot.as_ref() }.progress;
    if progress.end() {
        progress.wake_watcher();
    }
}

impl<T> Drop for Envelope<T> {
    fn drop(&mut self) {
        let slot = self.slot;
        // Finished also when the value's own drop panics (on the host).
        let _over = OnDrop(|| {
            // SAFETY: `drop_in_place` below has emptied it, whether it returned or not.
            unsafe { finish(slot) }
        });
        // SAFETY: the slot holds a value, which nobody uses after this.
        self.place().with_mut(|place| unsafe { place.cast::<T>().drop_in_place() });
    }
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl<T> Deref for Envelope<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the slot holds a value, and only `&mut self` could change it.
        self.place().with(|place| unsafe { &*place.cast::<T>() })
    }
}

impl<T> DerefMut for Envelope<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the slot holds a value, and `&mut self` is the only way to it.
        self.place().with_mut(|place| unsafe { &mut *place.cast::<T>() })
    }
}

impl<T: fmt::Debug> fmt::Debug for Envelope<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Envelope").field(&**self).finish()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use core::ptr;

    use super::Slot;

    #[test]
    fn a_slot_whose_own_address_is_damaged_is_still_found() {
        let slots = Slot::<[u64; 5]>::several(3);
        slots[1].own ^= 8;
        let at = ptr::from_mut(&mut slots[1]);
        assert_eq!(Slot::linked(at).map(|slot| slot.as_ptr()), Some(at));
        assert!(Slot::linked(at.wrapping_byte_add(8)).is_none());
        assert!(Slot::linked(at.wrapping_add(2)).is_none());
    }
}
