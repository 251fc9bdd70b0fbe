//! Sleep: waits for a time.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use spindle_clock::now_ns;

use crate::select::{Either, select};
use crate::timekeeper;

/// Is ready when its time has come.
#[must_use = "nothing waits before it is awaited"]
pub struct Sleep {
    deadline_ns: u64,
    /// What the timekeeper knows it by, and whom it wakes.
    ticket: Option<(u64, Waker)>,
}

/// The time was over before a future was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut {
    /// Until when it could have been, in nanoseconds of the clock.
    pub deadline_ns: u64,
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it was not ready at {} ns", self.deadline_ns)
    }
}

impl core::error::Error for TimedOut {}

/// Waits until `deadline_ns` of the clock.
pub fn sleep_until(deadline_ns: u64) -> Sleep {
    Sleep { deadline_ns, ticket: None }
}

/// Waits for `duration` from now on.
pub fn sleep(duration: Duration) -> Sleep {
    let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    sleep_until(now_ns().saturating_add(ns))
}

/// Waits for `future`, but not beyond `deadline_ns` of the clock; then it is dropped.
///
/// # Errors
/// [`TimedOut`].
pub async fn timeout<F: Future>(deadline_ns: u64, future: F) -> Result<F::Output, TimedOut> {
    match select(future, sleep_until(deadline_ns)).await {
        Either::Left(value) => Ok(value),
        Either::Right(()) => Err(TimedOut { deadline_ns }),
    }
}

impl Sleep {
    fn cancel(&mut self) {
        if let Some((ticket, _)) = self.ticket.take() {
            timekeeper::remove(self.deadline_ns, ticket);
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if now_ns() >= self.deadline_ns {
            self.cancel();
            return Poll::Ready(());
        }
        let waker = context.waker();
        if self.ticket.as_ref().is_some_and(|(_, known)| known.will_wake(waker)) {
            return Poll::Pending;
        }
        self.cancel();
        self.ticket = timekeeper::add(self.deadline_ns, waker.clone()).map(|ticket| (ticket, waker.clone()));
        if self.ticket.is_none() {
            waker.wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sleep until {} ns", self.deadline_ns)
    }
}
