//! Share: how much of each core's time the handlers of one domain may have.
//!
//! Time is divided into windows. In each a core runs handlers of the domain, and their guards, until they have had their part of the window;
//! from then on it leaves them out, as if a guard had said no, until the next. A handler that has begun goes on to its end, and what it took beyond
//! is taken off the windows to come. None takes more than the part of a whole window: it is ended then, as for a budget. So in the
//! long run the domain has its share and no more, and at most twice that in one window.
//!
//! Each core keeps its own account, without a lock. Who has no share pays nothing.
//!
//! What a handler has others do is theirs if they are held to something themselves. Guards are charged when they have said yes or no: one
//! that takes too long is out for good. Destructors and entries have limits of their own, and are not charged.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_sync::{Authority, MAX_CORES, Once, Parcel, Pool, this_core};

use crate::cores::{self, CoreId};
use crate::mailbox;

/// How many windows there are in a second.
const WINDOWS_PER_SECOND: u64 = 10;
/// How many windows go by before it is told again that handlers are left out.
const TELL_EVERY: u64 = 10;

/// A domain's handlers have had their share of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// Where the code lies of the handler that was left out: whose it is.
    pub code: usize,
    /// Their share, in percent.
    pub percent: u8,
    /// Of which core.
    pub core: CoreId,
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "its handlers have had {}% of core {}, and are left out for a while",
            self.percent, self.core
        )
    }
}

static TOLD: Once<fn(Exhausted)> = Once::INIT;

/// Says who is told when handlers are left out, in a turn of the run loop, at most once a second for each core. The first call counts.
pub fn set_told(_: &Authority, told: fn(Exhausted)) {
    TOLD.call_once(|| told);
}

/// What handlers of a domain may have of each core.
pub(crate) struct Share {
    percent: u8,
    terms: Terms,
    cores: [OnCore; MAX_CORES],
}

/// In ticks of the machine's counter.
#[derive(Clone, Copy)]
struct Terms {
    window: u64,
    /// What there is of a window.
    part: u64,
}

/// What was had of a core. Written by that core only, outside of interrupts, hence relaxed.
#[derive(Default)]
#[repr(align(64))]
struct OnCore {
    /// When the window began.
    since: AtomicU64,
    /// How much was had of it, and of those to come.
    used: AtomicU64,
    /// How many handlers were left out, ever.
    skipped: AtomicU64,
    /// When that was told.
    told: AtomicU64,
}

/// What was had of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareUsage {
    /// The share, in percent.
    pub percent: u8,
    /// Percent of the present window that were had, on the core where that is most.
    pub used_percent: u64,
    /// How many handlers were left out, on all cores.
    pub skipped: u64,
}

impl Share {
    pub(crate) fn new(percent: u8) -> Self {
        let window = (this_core::ticks_per_second() / WINDOWS_PER_SECOND).max(100);
        let terms = Terms { window, part: window * u64::from(percent) / 100 };
        Self { percent, terms, cores: core::array::from_fn(|_| OnCore::default()) }
    }

    /// The most that one handler may take, in ticks.
    pub(crate) fn part(&self) -> u64 {
        self.terms.part
    }

    fn here(&self) -> &OnCore {
        &self.cores[this_core::index() % MAX_CORES]
    }

    /// Whether a handler, whose code is at `code`, may begin on this core. If not, it is counted, and told now and then.
    // Apart, as the next: callers are compiled for each type of event.
    #[inline(never)]
    pub(crate) fn may_begin(&self, code: usize) -> bool {
        let (here, now) = (self.here(), this_core::ticks());
        let (since, used) =
            self.terms.at(now, here.since.load(Ordering::Relaxed), here.used.load(Ordering::Relaxed));
        here.since.store(since, Ordering::Relaxed);
        here.used.store(used, Ordering::Relaxed);
        let may = used < self.terms.part;
        if !may {
            self.skip(here, code, now);
        }
        may
    }

    /// A handler has taken so many ticks of this core.
    #[inline(never)]
    pub(crate) fn charge(&self, ticks: u64) {
        let used = &self.here().used;
        used.store(used.load(Ordering::Relaxed).saturating_add(ticks), Ordering::Relaxed);
    }

    #[cold]
    fn skip(&self, here: &OnCore, code: usize, now: u64) {
        here.skipped.store(here.skipped.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        let told = here.told.load(Ordering::Relaxed);
        if told != 0 && now.wrapping_sub(told) < TELL_EVERY * self.terms.window {
            return;
        }
        here.told.store(now.max(1), Ordering::Relaxed);
        let exhausted = Exhausted { code, percent: self.percent, core: cores::current() };
        // Without a slot it is not told this time.
        let _ = mailbox::send(exhausted.core, Pool::urgent_vacancy, exhausted, |exhausted| {
            Parcel::new(move || {
                if let Some(tell) = TOLD.get() {
                    tell(exhausted);
                }
            })
        });
    }

    pub(crate) fn usage(&self) -> ShareUsage {
        let (now, window) = (this_core::ticks(), self.terms.window);
        let used = |core: &OnCore| {
            let found = (core.since.load(Ordering::Relaxed), core.used.load(Ordering::Relaxed));
            self.terms.at(now, found.0, found.1).1
        };
        ShareUsage {
            percent: self.percent,
            used_percent: self.cores.iter().map(used).max().unwrap_or(0) * 100 / window,
            skipped: self.cores.iter().map(|core| core.skipped.load(Ordering::Relaxed)).sum(),
        }
    }
}

impl Terms {
    /// When the window of `now` has begun, and what was had of it, if in one that began at `since` it was `used`.
    fn at(self, now: u64, since: u64, used: u64) -> (u64, u64) {
        let passed = now.saturating_sub(since) / self.window;
        (since + passed * self.window, used.saturating_sub(passed.saturating_mul(self.part)))
    }
}

#[cfg(test)]
mod tests {
    use spindle_sync::{GRACE, this_core};

    use super::{Share, Terms};

    #[test]
    fn what_was_had_beyond_is_taken_off_the_windows_to_come() {
        let terms = Terms { window: 100, part: 20 };
        assert_eq!(terms.at(199, 100, 50), (100, 50));
        assert_eq!(terms.at(200, 100, 50), (200, 30));
        assert_eq!(terms.at(399, 100, 50), (300, 10));
        assert_eq!(terms.at(450, 100, 50), (400, 0));
        assert_eq!(terms.at(0, 100, 50), (100, 50));
    }

    #[test]
    fn who_has_had_its_part_of_a_window_is_left_out() {
        let _core = GRACE.register_thread();
        let share = Share::new(50);
        assert!(share.may_begin(0));
        // More than can pass until it is asked again.
        share.charge(this_core::ticks_per_second() * 1000);
        assert!(!share.may_begin(0) && !share.may_begin(0));
        let usage = share.usage();
        assert_eq!((usage.percent, usage.skipped), (50, 2));
        assert!(usage.used_percent > 50);
    }
}
