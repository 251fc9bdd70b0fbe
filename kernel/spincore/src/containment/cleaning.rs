//! Cleaning: which frames of each core are being cleaned up, the innermost last.
//!
//! A destructor that runs since its frame is cleaned up may raise something that fails in turn: that is cleaned up in between, and when it is
//! over the first goes on. Nobody is set aside meanwhile, so one stack has all of them. They are known by the stack pointer of the caller that goes on
//! behind.
//!
//! Each core's are its own. Deeper than [`DEEPEST`] the innermost takes the place of the one before.

use core::sync::atomic::{AtomicUsize, Ordering};
use spindle_sync::{MAX_CORES, this_core};

/// How many can be in each other.
const DEEPEST: usize = 4;

static CLEANING: [Cleaning; MAX_CORES] = [const { Cleaning::new() }; MAX_CORES];

/// One core's, the outermost first; zero for none. All relaxed: written and read by that core.
struct Cleaning([AtomicUsize; DEEPEST]);

impl Cleaning {
    const fn new() -> Self {
        Self([const { AtomicUsize::new(0) }; DEEPEST])
    }

    fn count(&self) -> usize {
        self.0.iter().take_while(|sp| sp.load(Ordering::Relaxed) != 0).count()
    }

    fn begin(&self, sp: usize) {
        let place = self.count().min(DEEPEST - 1);
        self.0[place].store(sp, Ordering::Relaxed);
    }

    /// Those up to `sp`, and all that were in them, are over.
    fn end(&self, sp: usize) {
        for place in self.0.iter().rev() {
            if place.load(Ordering::Relaxed) <= sp {
                place.store(0, Ordering::Relaxed);
            }
        }
    }

    fn is_innermost(&self, sp: usize) -> bool {
        let innermost = self.count().checked_sub(1).and_then(|last| self.0.get(last));
        innermost.is_some_and(|innermost| innermost.load(Ordering::Relaxed) == sp)
    }
}

fn this() -> &'static Cleaning {
    &CLEANING[this_core::index()]
}

/// Frames are cleaned up from here on, up to the caller at `sp`.
pub(super) fn begin(sp: usize) {
    this().begin(sp);
}

/// The caller at `sp` goes on.
pub(super) fn end(sp: usize) {
    this().end(sp);
}

/// Whether the innermost is up to the caller at `sp`: then a destructor has panicked.
pub(super) fn is_up_to(sp: usize) -> bool {
    this().is_innermost(sp)
}

/// Whether frames of this core are being cleaned up.
pub(super) fn is_at_work() -> bool {
    this().count() != 0
}

#[cfg(test)]
mod tests {
    use super::{Cleaning, DEEPEST};

    #[test]
    fn what_was_begun_before_goes_on_when_what_came_in_between_is_over() {
        let cleaning = Cleaning::new();
        cleaning.begin(900);
        cleaning.begin(500);
        assert!(cleaning.is_innermost(500) && !cleaning.is_innermost(900));
        cleaning.end(500);
        assert!(cleaning.is_innermost(900));
        cleaning.begin(400);
        cleaning.end(900);
        assert_eq!(cleaning.count(), 0);
        assert!(!cleaning.is_innermost(0));
    }

    #[test]
    fn a_failure_that_was_not_cleaned_up_ends_nothing_around_it() {
        let cleaning = Cleaning::new();
        cleaning.begin(900);
        cleaning.end(300);
        assert!(cleaning.is_innermost(900));
    }

    #[test]
    fn too_many_in_each_other_are_over_with_the_outermost() {
        let cleaning = Cleaning::new();
        (0..=DEEPEST).for_each(|depth| cleaning.begin(900 - depth));
        assert!(cleaning.is_innermost(900 - DEEPEST));
        cleaning.end(900);
        assert_eq!(cleaning.count(), 0);
    }
}
