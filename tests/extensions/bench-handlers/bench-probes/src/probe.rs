//! Events with no purpose but to be measured: the raiser in one domain, the handlers in another.
//!
//! A benchmark's raiser asks by [`SETUP`] for handlers; whoever plays the other domain installs them on [`PROBE`] and
//! [`KEYED`], and has one on [`ENDLESS`] at all times. What a raiser wants to know of a handler that ran stands in [`TALLY`]
//! or [`STAMP`].

use core::sync::atomic::{AtomicU64, Ordering};

use spindle_capability::AnyCapability;
use spindle_event::{CoreId, Event, Key, Last, Limits, Owner, Sum};

/// Owns what is declared here.
static BENCH: Owner = Owner::new();

/// What is raised and counted. The argument is what a guard may look at.
pub static PROBE: Event<u64> = Event::new("probe", &BENCH).open_to_all();

/// The same, with [`NUMBER`] as its key. Not one event with the other: a key makes installs dearer, used or not.
pub static KEYED: Event<u64> = Event::new("probe-keyed", &BENCH).open_to_all().with_keys(&[&NUMBER]);

/// The argument itself.
pub static NUMBER: Key<u64> = Key::new("number", |number| *number);

/// Has a handler that never returns by itself, with a budget. It may be ended as often as somebody likes to measure it.
pub static ENDLESS: Event<()> = Event::new("probe-endless", &BENCH)
    .open_to_all()
    .with_limits(Limits { strikes: u32::MAX, ..Limits::DEFAULT });

/// Asks the other domain to put exactly these handlers on [`PROBE`] and [`KEYED`]. The result is how many there are then.
pub static SETUP: Event<Setup, usize, Sum> = Event::new("probe-setup", &BENCH).open_to_all();

/// Asks the other domain for a capability of a count that is 1.
pub static LEND: Event<(), AnyCapability, Last> = Event::new("probe-lend", &BENCH).open_to_all();

/// Which handlers of [`KEYED`] ran.
pub static TALLY: Tally = Tally(AtomicU64::new(0));

/// What a handler read last off a counter: that of instructions on [`ENDLESS`], that of ticks on [`PROBE`].
pub static STAMP: AtomicU64 = AtomicU64::new(0);

/// Which handlers a measurement needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// Handlers without a guard.
    pub unguarded: usize,
    /// Handlers whose guard says no to every argument.
    pub refusing: usize,
    /// Handlers without a guard that have a budget, which they don't use up.
    pub limited: usize,
    /// Filters that add one to the argument.
    pub filters: usize,
    /// One that runs later on this core, and leaves a [`STAMP`] before all else.
    pub later: Option<CoreId>,
    /// Handlers on [`KEYED`], each for one number, from 1 on. They note themselves in [`TALLY`].
    pub equal: u32,
    /// Handlers on [`KEYED`], each for a range of [`RANGE`] numbers, from there on. They too note themselves.
    pub ranges: u32,
}

/// How many numbers a range has in a [`Setup`].
pub const RANGE: u32 = 10;

impl Setup {
    /// How many handlers that is.
    pub fn count(&self) -> usize {
        let keyed = (self.equal + self.ranges) as usize;
        self.unguarded
            + self.refusing
            + self.limited
            + self.filters
            + usize::from(self.later.is_some())
            + keyed
    }
}

/// Which handlers ran, as two sums: how many, and of their numbers. That the handler of the greatest number ran `n` times and
/// no other one did can be seen: there were `n`, and `n` times that number is reached in no other way.
///
/// For one core: what two add at the same time can be lost. Both sums stand in one word, so that to note a run takes as
/// little as can be, and have to be taken before either reaches 2^32.
#[derive(Debug)]
pub struct Tally(AtomicU64);

/// What is added for a handler that ran.
#[derive(Clone, Copy, Debug)]
pub struct Mark(u64);

impl Mark {
    /// That of the handler of `number`.
    pub fn new(number: u32) -> Self {
        Self(1 << 32 | u64::from(number))
    }
}

impl Tally {
    /// A handler with that mark runs.
    #[inline(always)]
    pub fn add(&self, mark: Mark) {
        // Relaxed, and no exchange: one core.
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(mark.0), Ordering::Relaxed);
    }

    /// How many ran since the last time, and the sum of their numbers.
    pub fn take(&self) -> (u64, u64) {
        let sums = self.0.swap(0, Ordering::Relaxed);
        (sums >> 32, sums & u64::from(u32::MAX))
    }
}

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// A panic six frames deep, each with something to destroy.
    Panic,
    /// One frame that is larger than the stack: an exception of the machine, with little on the stack.
    Frame,
    /// A recursion without end: an exception with all of the stack full of frames.
    Recursion,
}

/// Whose only handler fails, again and again.
pub static FAILING: Event<Failing> = Event::new("bench-failing", &BENCH)
    .open_to_all()
    .with_limits(Limits { strikes: u32::MAX, ..Limits::DEFAULT });
