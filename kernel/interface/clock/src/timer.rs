//! Timer: have a handler called on a core, once or again and again.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_event::{Binding, CoreId, Event, InstallError, Key, Pattern};
use spindle_sync::Authority;

use crate::CLOCK;
use crate::service::{REQUEST, Request};

/// Raised on a timer's core each time the timer expires. A handler is installed by starting a [`Timer`].
pub static EXPIRED: Event<Expiry> = Event::new("timer-expired", &CLOCK).with_keys(&[&TIMER]);

/// Which timer: what its handler is found by.
static TIMER: Key<Expiry> = Key::new("timer", |expiry: &Expiry| expiry.timer.0);

/// Names a timer for as long as the kernel runs; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId(u64);

impl TimerId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for TimerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A timer has expired.
#[derive(Debug, PartialEq, Eq)]
pub struct Expiry {
    timer: TimerId,
    core: CoreId,
    count: u64,
}

impl Expiry {
    /// That `timer` has expired on `core` for the `count`th time, from 1. Kernel only.
    pub fn new(_: &Authority, timer: TimerId, core: CoreId, count: u64) -> Self {
        Self { timer, core, count }
    }

    /// Which timer.
    pub fn timer(&self) -> TimerId {
        self.timer
    }

    /// Where.
    pub fn core(&self) -> CoreId {
        self.core
    }

    /// The how many-th time, from 1. A gap means that the core was too busy to keep up.
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// A running timer. Dropping it stops it.
#[derive(Debug)]
#[must_use = "dropping it stops the timer at once"]
pub struct Timer {
    id: TimerId,
    binding: Binding,
}

/// Why a timer was not started.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimerError {
    /// The period is shorter than a core can keep up with.
    TooShort {
        /// What was asked for.
        period_ns: u64,
        /// What is possible.
        minimum_ns: u64,
    },
    /// There is no such core, or it does not run.
    Offline {
        /// The core.
        core: CoreId,
    },
    /// The kernel's queue of timers is full.
    TooMany {
        /// How many it takes.
        limit: usize,
    },
    /// The kernel has no clock.
    NotServed,
    /// The handler could not be installed.
    Install(InstallError),
}

impl fmt::Display for TimerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { period_ns, minimum_ns } => {
                write!(f, "a period of {period_ns} ns is below the least possible, {minimum_ns} ns")
            }
            Self::Offline { core } => write!(f, "core {core} does not run"),
            Self::TooMany { limit } => write!(f, "{limit} timers are running already"),
            Self::NotServed => f.write_str("the kernel has no clock"),
            Self::Install(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for TimerError {}

impl Timer {
    /// Has `handler` called on `core` every `period_ns`, the first time after one period.
    ///
    /// # Errors
    /// [`TimerError`] says why not.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn periodic<F>(core: CoreId, period_ns: u64, handler: F) -> Result<Self, TimerError>
    where
        F: Fn(&Expiry) + Send + Sync + 'static,
    {
        Self::start(core, period_ns, Some(period_ns), handler)
    }

    /// Has `handler` called on `core` once, after `delay_ns`.
    ///
    /// # Errors
    /// [`TimerError`] says why not.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn once<F>(core: CoreId, delay_ns: u64, handler: F) -> Result<Self, TimerError>
    where
        F: Fn(&Expiry) + Send + Sync + 'static,
    {
        Self::start(core, delay_ns, None, handler)
    }

    /// The timer's name.
    pub fn id(&self) -> TimerId {
        self.id
    }

    /// Stops the timer. An expiry that is on its way already no longer reaches the handler.
    pub fn cancel(self) {
        drop(self);
    }

    fn start<F>(core: CoreId, delay_ns: u64, period_ns: Option<u64>, handler: F) -> Result<Self, TimerError>
    where
        F: Fn(&Expiry) + Send + Sync + 'static,
    {
        let owner: Call<F> = call::<F>;
        let owner_code = owner as *const () as usize;
        let timer = TimerId::next();
        let binding = EXPIRED
            .owned(&CLOCK)
            .map_err(|error| TimerError::Install(error.into()))?
            .bind()
            .when(&TIMER, Pattern::equal(timer.0))
            .install(move |expiry| call(&handler, expiry))
            .map_err(TimerError::Install)?;
        // From here on dropping it undoes what was done.
        let running = Self { id: timer, binding };
        REQUEST
            .raise(&Request::Start { timer, core, delay_ns, period_ns, owner_code })
            .unwrap_or(Err(TimerError::NotServed))?;
        Ok(running)
    }
}

type Call<F> = fn(&F, &Expiry);

/// Compiled into the crate that starts the timer: its address says whose the timer is.
fn call<F: Fn(&Expiry)>(handler: &F, expiry: &Expiry) {
    handler(expiry);
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.binding.uninstall_soon();
        // Without a clock there is no timer to stop.
        let _ = REQUEST.raise(&Request::Cancel { timer: self.id });
    }
}
