//! What the kernel does for the clock.

use spindle_event::{Binding, CoreId, Event, InstallError, Last};
use spindle_sync::{Authority, Once};

use crate::CLOCK;
use crate::timer::{TimerError, TimerId};

/// Raised to start and stop timers. Private: a request is made by [`Timer`](crate::Timer) only.
pub(crate) static REQUEST: Event<Request, Result<(), TimerError>, Last> = Event::new("timer-request", &CLOCK);

static SERVED: Once<(Counter, Binding)> = Once::INIT;

/// The machine's counter.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    /// Reads it. Called in any context.
    pub now_ticks: fn() -> u64,
    /// Ticks per second.
    pub frequency_hz: u64,
}

/// What is asked of the kernel's queue of timers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Have [`EXPIRED`](crate::EXPIRED) raised on a core.
    Start {
        /// The timer's name, not used before.
        timer: TimerId,
        /// Where.
        core: CoreId,
        /// How long from now the first time.
        delay_ns: u64,
        /// How long from one time to the next; none for a timer that expires once.
        period_ns: Option<u64>,
        /// Where the code of its handler lies: whose timer it is.
        owner_code: usize,
    },
    /// Forget a timer, if it is still there.
    Cancel {
        /// Its name.
        timer: TimerId,
    },
}

/// Serves the clock: `counter` tells the time, `queue` takes requests. Kernel only, once.
///
/// # Errors
/// [`InstallError`] when the clock is served already.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn serve(
    _: &Authority,
    counter: Counter,
    queue: impl Fn(&Request) -> Result<(), TimerError> + Send + Sync + 'static,
) -> Result<(), InstallError> {
    let binding = REQUEST.owned(&CLOCK)?.install_default(queue)?;
    SERVED.call_once(|| (counter, binding));
    Ok(())
}

pub(crate) fn counter() -> Option<&'static Counter> {
    SERVED.get().map(|(counter, _)| counter)
}
