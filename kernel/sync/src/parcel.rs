//! A closure that travels: up to six words of captured state go inline, more go into a box.
//!
//! What a post carries. Making one of a small closure does not allocate, so it can be made anywhere.

use alloc::boxed::Box;
use core::fmt;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr::NonNull;

use crate::envelope::{Slot, give_back};

/// How many words of captured state need no allocation.
const WORDS: usize = 6;

type Words = MaybeUninit<[usize; WORDS]>;

/// What to do with the state; either way it is gone afterwards.
#[derive(Clone, Copy)]
enum End {
    Run,
    Drop,
    /// Run, after giving back the slot that holds the state.
    RunFrom(NonNull<Slot<Parcel>>),
}

/// Something to run once, on whichever core it ends up.
#[must_use = "a parcel that is dropped has not run"]
pub struct Parcel {
    // INVARIANT: `words` holds the state (or its box) that `end` was made for, until `end` is called, which is once.
    end: unsafe fn(*mut Words, End),
    words: Words,
}

// SAFETY: what it holds is `Send`, by the bound of `new`. It cannot be reached through a shared reference.
unsafe impl Send for Parcel {}
// SAFETY: a shared reference gives no access to the state.
unsafe impl Sync for Parcel {}

impl Parcel {
    /// Packs `f`. Allocates only when its state is larger than six words or aligned to more than one.
    #[inline]
    pub fn new<F: FnOnce() + Send + 'static>(f: F) -> Self {
        if const { size_of::<F>() <= size_of::<Words>() && align_of::<F>() <= align_of::<Words>() } {
            Self::inline(f)
        } else {
            Self::boxed(f)
        }
    }

    fn boxed<F: FnOnce() + Send + 'static>(f: F) -> Self {
        Self::inline::<Box<F>>(Box::new(f))
    }

    #[inline]
    fn inline<F: FnOnce() + Send + 'static>(f: F) -> Self {
        const { assert!(size_of::<F>() <= size_of::<Words>() && align_of::<F>() <= align_of::<Words>()) };
        let mut words = Words::uninit();
        // SAFETY: checked above that `F` fits and is aligned.
        unsafe { words.as_mut_ptr().cast::<F>().write(f) };
        Self { end: end::<F>, words }
    }

    /// Runs what was packed.
    #[inline]
    pub fn run(self) {
        let mut parcel = ManuallyDrop::new(self);
        let end = parcel.end;
        // SAFETY: `words` holds what `end` was made for, and `ManuallyDrop` keeps it from being ended again.
        unsafe { end(&raw mut parcel.words, End::Run) };
    }

    /// Runs the parcel that lies in `slot`.
    ///
    /// # Safety
    ///
    /// `parcel` is the value of `slot`; the caller owns both and gives them up.
    #[inline(always)]
    pub(crate) unsafe fn run_from(parcel: *mut Self, slot: NonNull<Slot<Self>>) {
        // SAFETY: valid, and nobody else's.
        let parcel = unsafe { &mut *parcel };
        let end = parcel.end;
        let words = &raw mut parcel.words;
        // SAFETY: `words` holds what `end` was made for, and the slot is given up, so that is not ended again.
        unsafe { end(words, End::RunFrom(slot)) };
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        let end = self.end;
        // SAFETY: `words` holds what `end` was made for; `run` does not come here.
        unsafe { end(&raw mut self.words, End::Drop) };
    }
}

/// Runs or drops the closure in `words`.
///
/// # Safety
///
/// `words` holds an `F`, which the caller gives up; so is the slot of [`End::RunFrom`], which has nothing else in it.
unsafe fn end<F: FnOnce()>(words: *mut Words, how: End) {
    // SAFETY: holds an `F`, by the caller's promise.
    let f = unsafe { words.cast::<F>().read() };
    match how {
        End::Run => f(),
        End::Drop => drop(f),
        End::RunFrom(slot) => {
            // SAFETY: the state has been read out, so the slot is empty; the caller gives it up.
            unsafe { give_back(slot) };
            f();
        }
    }
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel").finish_non_exhaustive()
    }
}
