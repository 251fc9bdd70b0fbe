//! Pause: a thread waits for a time, or for nothing but a word from another one.

use core::time::Duration;

use spindle_clock::now_ns;
use spindle_strand::{Me, Strand};

use crate::notes;
use crate::waiting::{Place, Terms, WaitError, wait};

/// Has the other threads of its priority run before it goes on.
pub fn yield_now(me: &mut Me) {
    me.yield_now();
}

/// Waits for `duration`, and somewhat longer.
pub fn sleep(me: &mut Me, duration: Duration) {
    sleep_until(me, after(duration));
}

/// Waits until `deadline_ns` of the clock.
pub fn sleep_until(me: &mut Me, deadline_ns: u64) {
    me.sleep_until(deadline_ns);
}

/// Waits for `duration`, unless it is interrupted.
///
/// # Errors
/// [`WaitError::Interrupted`].
pub fn sleep_interruptibly(me: &mut Me, duration: Duration) -> Result<(), WaitError> {
    until_over(wait(me, &Nowhere, Terms { deadline_ns: Some(after(duration)), ..Terms::INTERRUPTIBLE }))
}

/// Waits until somebody [unparks](crate::Thread::unpark) it. If that has happened since the last time, it goes on at once.
pub fn park(me: &mut Me) {
    // Nothing else ends it.
    let _ = wait(me, &Permit, Terms::FOR_EVER);
}

/// As [`park`], but no longer than for `duration`; whether it was unparked.
pub fn park_timeout(me: &mut Me, duration: Duration) -> bool {
    wait(me, &Permit, Terms { deadline_ns: Some(after(duration)), ..Terms::FOR_EVER }).is_ok()
}

/// As [`park`], unless it is interrupted.
///
/// # Errors
/// [`WaitError::Interrupted`].
pub fn park_interruptibly(me: &mut Me) -> Result<(), WaitError> {
    wait(me, &Permit, Terms::INTERRUPTIBLE)
}

/// When `duration` is over from now on, in nanoseconds of the clock.
pub(crate) fn after(duration: Duration) -> u64 {
    now_ns().saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}

/// The end of the time is what was waited for.
fn until_over(outcome: Result<(), WaitError>) -> Result<(), WaitError> {
    match outcome {
        Err(WaitError::TimedOut { .. }) => Ok(()),
        outcome => outcome,
    }
}

/// Where nobody is ever served.
struct Nowhere;

impl Place for Nowhere {
    fn is_served(&self, _: Strand) -> bool {
        false
    }

    fn withdraw(&self, _: Strand) -> bool {
        true
    }

    fn pass_on(&self, _: Strand) {}
}

/// The permit of the strand itself. It stays where it is if nobody takes it.
struct Permit;

impl Place for Permit {
    fn is_served(&self, strand: Strand) -> bool {
        notes::take_permit(strand)
    }

    fn withdraw(&self, _: Strand) -> bool {
        true
    }

    fn pass_on(&self, _: Strand) {}
}
