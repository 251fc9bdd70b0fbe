//! A closure that is run once with an argument, and lies where it is kept: up to three words of captured state go inline, more go into a box.
//!
//! What a strand runs. With so few words it is moved by a few instructions, and beginning a strand of a small closure allocates nothing for it.

use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};

/// How many words of captured state need no allocation. With one more a move is a call of `memcpy`.
const WORDS: usize = 3;

type Words = MaybeUninit<[usize; WORDS]>;

/// Something to run once with an `A`, on whichever core it ends up.
#[must_use = "an errand that is dropped has not run"]
pub struct Errand<A: 'static> {
    // INVARIANT: `words` holds the state (or its box) that `end` was made for, until `end` is called, which is once.
    end: unsafe fn(*mut Words, Option<&mut A>),
    words: Words,
    _runs: PhantomData<fn(&mut A)>,
}

// SAFETY: what it holds is `Send`, by the bound of `new`. It cannot be reached through a shared reference.
unsafe impl<A> Send for Errand<A> {}
// SAFETY: a shared reference gives no access to the state.
unsafe impl<A> Sync for Errand<A> {}

impl<A: 'static> Errand<A> {
    /// Packs `f`. Allocates only when its state is larger than three words or aligned to more than one.
    #[inline]
    pub fn new<F: FnOnce(&mut A) + Send + 'static>(f: F) -> Self {
        if const { fits::<F>() } {
            Self::inline(f, end::<A, F>)
        } else {
            Self::inline(Box::new(f), end_boxed::<A, F>)
        }
    }

    /// Packs `f`, which `end` is made for.
    #[inline]
    fn inline<F: 'static>(f: F, end: unsafe fn(*mut Words, Option<&mut A>)) -> Self {
        // Not a constant assertion: the branch of `new` that is not taken is compiled too.
        assert!(fits::<F>());
        let mut words = Words::uninit();
        // SAFETY: checked above that `F` fits and is aligned.
        unsafe { words.as_mut_ptr().cast::<F>().write(f) };
        Self { end, words, _runs: PhantomData }
    }

    /// Where the code lies that runs it: whose it is. Compiled into the crate that packed it.
    #[inline]
    pub fn code(&self) -> usize {
        self.end as *const () as usize
    }

    /// Runs what was packed.
    #[inline]
    pub fn run(self, argument: &mut A) {
        let mut errand = ManuallyDrop::new(self);
        let end = errand.end;
        // SAFETY: `words` holds what `end` was made for, and `ManuallyDrop` keeps it from being ended again.
        unsafe { end(&raw mut errand.words, Some(argument)) };
    }
}

impl<A> Drop for Errand<A> {
    fn drop(&mut self) {
        let end = self.end;
        // SAFETY: `words` holds what `end` was made for; `run` does not come here.
        unsafe { end(&raw mut self.words, None) };
    }
}

/// Tells whether an `F` needs no box.
const fn fits<F>() -> bool {
    size_of::<F>() <= size_of::<Words>() && align_of::<F>() <= align_of::<Words>()
}

/// Runs the closure in `words`, or drops it where there is no argument.
///
/// # Safety
///
/// `words` holds an `F`, which the caller gives up.
unsafe fn end<A, F: FnOnce(&mut A)>(words: *mut Words, argument: Option<&mut A>) {
    // SAFETY: holds an `F`, by the caller's promise.
    let f = unsafe { words.cast::<F>().read() };
    match argument {
        Some(argument) => f(argument),
        None => drop(f),
    }
}

/// As [`end`], of one in a box.
///
/// # Safety
///
/// `words` holds a `Box<F>`, which the caller gives up.
unsafe fn end_boxed<A, F: FnOnce(&mut A)>(words: *mut Words, argument: Option<&mut A>) {
    // SAFETY: holds a `Box<F>`, by the caller's promise.
    let f = unsafe { words.cast::<Box<F>>().read() };
    match argument {
        Some(argument) => f(argument),
        None => drop(f),
    }
}

impl<A> fmt::Debug for Errand<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Errand").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;

    use super::Errand;

    /// A closure with `N` words of state besides a count of who has it, which adds up what it has.
    fn closure<const N: usize>(alive: &Arc<()>) -> impl FnOnce(&mut usize) + Send + use<N> {
        let (alive, words) = (Arc::clone(alive), [7_usize; N]);
        move |sum| {
            let _alive = alive;
            *sum += words.iter().sum::<usize>() + 1;
        }
    }

    fn runs_once_and_drops_once<const N: usize>() {
        let (alive, mut sum) = (Arc::new(()), 0);
        Errand::new(closure::<N>(&alive)).run(&mut sum);
        assert_eq!((sum, Arc::strong_count(&alive)), (7 * N + 1, 1));
        drop(Errand::new(closure::<N>(&alive)));
        assert_eq!((sum, Arc::strong_count(&alive)), (7 * N + 1, 1));
    }

    #[test]
    fn closures_of_any_size_run_once_or_are_dropped() {
        runs_once_and_drops_once::<0>();
        runs_once_and_drops_once::<2>();
        runs_once_and_drops_once::<3>();
        runs_once_and_drops_once::<100>();
        let mut sum = 1;
        Errand::new(|sum: &mut usize| *sum += 1).run(&mut sum);
        assert_eq!(sum, 2);
    }

    #[test]
    fn closure_with_wide_alignment_runs_aligned() {
        #[repr(align(64))]
        struct Wide(u8);
        let (wide, mut sum) = (Wide(3), 0);
        Errand::new(move |sum: &mut usize| {
            let wide = wide;
            assert_eq!((&raw const wide).addr() % 64, 0);
            *sum += usize::from(wide.0);
        })
        .run(&mut sum);
        assert_eq!(sum, 3);
    }

    #[test]
    fn errand_keeps_its_state_when_moved() {
        let (alive, mut sum) = (Arc::new(()), 0);
        let errands: std::vec::Vec<_> = (0..50).map(|_| Errand::new(closure::<2>(&alive))).collect();
        errands.into_iter().for_each(|errand| errand.run(&mut sum));
        assert_eq!((sum, Arc::strong_count(&alive)), (50 * 15, 1));
    }
}
