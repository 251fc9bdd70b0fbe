//! A closure that travels: up to six words of captured state go inline, more go into a box.
//!
//! What a post carries. Making one of a small closure does not allocate, so it can be made anywhere.

use alloc::boxed::Box;
use core::fmt;
use core::mem::{ManuallyDrop, MaybeUninit};

/// How many words of captured state need no allocation.
const WORDS: usize = 6;

type Words = MaybeUninit<[usize; WORDS]>;

/// What to do with the state; either way it is gone afterwards.
#[derive(Clone, Copy)]
enum End {
    Run,
    Drop,
}

/// Something to run once, on whichever core it ends up.
#[must_use = "a parcel that is dropped has not run"]
pub struct Parcel {
    // INVARIANT: `words` holds the state (or its box) that `end` was made for, until `end` is called, which
    // is once.
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
        if const { fits::<F>() } { Self::inline(f) } else { Self::boxed(f) }
    }

    fn boxed<F: FnOnce() + Send + 'static>(f: F) -> Self {
        Self::inline::<Box<F>>(Box::new(f))
    }

    #[inline]
    fn inline<F: FnOnce() + Send + 'static>(f: F) -> Self {
        // Not a constant assertion: the branch of `new` that is not taken is compiled too.
        assert!(fits::<F>());
        let mut words = Words::uninit();
        // SAFETY: checked above that `F` fits and is aligned.
        unsafe { words.as_mut_ptr().cast::<F>().write(f) };
        Self { end: end::<F>, words }
    }

    /// Where the code lies that runs it: whose it is. Compiled into the crate that packed it.
    #[inline]
    pub fn code(&self) -> usize {
        self.end as *const () as usize
    }

    /// Runs what was packed.
    #[inline]
    pub fn run(self) {
        let mut parcel = ManuallyDrop::new(self);
        let end = parcel.end;
        // SAFETY: `words` holds what `end` was made for, and `ManuallyDrop` keeps it from being ended again.
        unsafe { end(&raw mut parcel.words, End::Run) };
    }

    /// Runs the parcel that lies at `parcel`: as `parcel.read().run()`, without moving it first.
    ///
    /// # Safety
    ///
    /// `parcel` is valid; the caller owns it and gives it up.
    #[inline(always)]
    pub(crate) unsafe fn run_in(parcel: *mut Self) {
        // SAFETY: valid, and nobody else's.
        let parcel = unsafe { &mut *parcel };
        let end = parcel.end;
        let words = &raw mut parcel.words;
        // SAFETY: `words` holds what `end` was made for, and the parcel is given up, so that is not ended
        // again.
        unsafe { end(words, End::Run) };
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        let end = self.end;
        // SAFETY: `words` holds what `end` was made for; `run` does not come here.
        unsafe { end(&raw mut self.words, End::Drop) };
    }
}

/// Tells whether an `F` needs no box.
const fn fits<F>() -> bool {
    size_of::<F>() <= size_of::<Words>() && align_of::<F>() <= align_of::<Words>()
}

/// Runs or drops the closure in `words`.
///
/// # Safety
///
/// `words` holds an `F`, which the caller gives up.
unsafe fn end<F: FnOnce()>(words: *mut Words, how: End) {
    // SAFETY: holds an `F`, by the caller's promise.
    let f = unsafe { words.cast::<F>().read() };
    match how {
        End::Run => f(),
        End::Drop => drop(f),
    }
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Parcel;

    /// Counts how often it is dropped.
    struct Dropped(Arc<AtomicUsize>);

    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counters() -> (Arc<AtomicUsize>, Arc<AtomicUsize>) {
        (Arc::default(), Arc::default())
    }

    /// A closure with `N` words of state besides, that counts its runs and its drops.
    fn closure<const N: usize>(
        runs: &Arc<AtomicUsize>,
        drops: &Arc<AtomicUsize>,
    ) -> impl FnOnce() + Send + use<N> {
        let (runs, dropped, words) = (Arc::clone(runs), Dropped(Arc::clone(drops)), [7_usize; N]);
        move || {
            let _dropped = dropped;
            assert_eq!(words, [7; N]);
            runs.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn runs_once_and_drops_once<const N: usize>() {
        let (runs, drops) = counters();
        Parcel::new(closure::<N>(&runs, &drops)).run();
        assert_eq!((runs.load(Ordering::Relaxed), drops.load(Ordering::Relaxed)), (1, 1));
        assert_eq!((Arc::strong_count(&runs), Arc::strong_count(&drops)), (1, 1));
    }

    #[test]
    fn closure_of_no_state_runs() {
        runs_once_and_drops_once::<0>();
    }

    #[test]
    fn closure_of_exactly_six_words_runs() {
        runs_once_and_drops_once::<4>();
    }

    #[test]
    fn closure_of_more_than_six_words_runs() {
        runs_once_and_drops_once::<5>();
        runs_once_and_drops_once::<100>();
    }

    #[test]
    fn closure_with_wide_alignment_runs_aligned() {
        #[repr(align(64))]
        struct Wide(u8);
        let (runs, _) = counters();
        let (wide, count) = (Wide(3), Arc::clone(&runs));
        Parcel::new(move || {
            let wide = wide;
            assert_eq!((&raw const wide).addr() % 64, 0);
            count.fetch_add(usize::from(wide.0), Ordering::Relaxed);
        })
        .run();
        assert_eq!(runs.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn parcel_that_is_dropped_drops_its_state_and_does_not_run() {
        let (runs, drops) = counters();
        drop(Parcel::new(closure::<1>(&runs, &drops)));
        drop(Parcel::new(closure::<9>(&runs, &drops)));
        assert_eq!((runs.load(Ordering::Relaxed), drops.load(Ordering::Relaxed)), (0, 2));
    }

    #[test]
    fn parcel_keeps_its_state_when_moved() {
        let (runs, drops) = counters();
        let parcels: std::vec::Vec<_> = (0..50).map(|_| Parcel::new(closure::<2>(&runs, &drops))).collect();
        parcels.into_iter().for_each(Parcel::run);
        assert_eq!((runs.load(Ordering::Relaxed), drops.load(Ordering::Relaxed)), (50, 50));
    }
}
