//! Timekeeper: wakes who waits for a time.
//!
//! One strand for all, begun when somebody first waits and again when it has ended. It is this crate's extension's own, and so
//! urgent that nothing but its core's interrupts holds it up; it does no more than wake.
//!
//! Invariants: the list is sorted, the earliest last. Wakers are called, cloned and dropped outside of the lock. Where there is no room
//! or no timekeeper, who waits is polled over and over instead: it never waits for ever.
//!
//! A waker of a kind that an extension has made itself is called here too: one that is left when that extension ends without its
//! destructors is the timekeeper's end, and it is begun again. Wakers of this crate lead to nothing that can be gone.
//!
//! Does not know what is waited for.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use core::task::Waker;

use spindle_clock::now_ns;
use spindle_strand::{Me, Priority, State, Strand};

use crate::place::Place;

/// Who waits, and until when. The ticket tells those of one time apart, the earlier one first.
struct Wait {
    deadline_ns: u64,
    ticket: u64,
    waker: Waker,
}

/// Those who wait.
static WAITS: Place<Vec<Wait>> = Place::new();
static TIMEKEEPER: Place<Strand> = Place::new();

/// Has `waker` woken at `deadline_ns`. Gives the ticket, which cancels that; none if it can't be done.
pub(crate) fn add(deadline_ns: u64, waker: Waker) -> Option<u64> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let timekeeper = timekeeper()?;
    // Relaxed: tickets only have to differ.
    let ticket = NEXT.fetch_add(1, Ordering::Relaxed);
    let wait = Wait { deadline_ns, ticket, waker };
    let is_first = WAITS.with(|waits| {
        let waits = waits.get_or_insert_default();
        waits.try_reserve(1).ok()?;
        let at = position(waits, deadline_ns, ticket);
        waits.insert(at, wait);
        Some(at + 1 == waits.len())
    });
    let is_first = is_first.ok().flatten()?;
    if is_first {
        timekeeper.unblock();
    }
    Some(ticket)
}

/// Forgets the wait with this ticket, if it is not over.
pub(crate) fn remove(deadline_ns: u64, ticket: u64) {
    let found = WAITS.with(|waits| {
        let waits = waits.as_mut()?;
        let at = position(waits, deadline_ns, ticket);
        let is_it = waits.get(at).is_some_and(|wait| wait.ticket == ticket);
        is_it.then(|| waits.remove(at))
    });
    drop(found);
}

/// Where the wait with this time and ticket is, or would have to be.
fn position(waits: &[Wait], deadline_ns: u64, ticket: u64) -> usize {
    waits.partition_point(|wait| (wait.deadline_ns, wait.ticket) > (deadline_ns, ticket))
}

/// The timekeeper, which is begun if there is none.
fn timekeeper() -> Option<Strand> {
    let found = TIMEKEEPER.with(|place| {
        let living = place.filter(|strand| strand.state() != State::Ended);
        *place = living
            .or_else(|| Strand::build().name("timekeeper").priority(Priority::HIGHEST).start(keep_time).ok());
        *place
    });
    found.ok().flatten()
}

/// What there is to do.
enum Due {
    Wake(Waker),
    At(u64),
    Nothing,
}

fn keep_time(me: &mut Me) {
    loop {
        match due() {
            Due::Wake(waker) => waker.wake(),
            Due::At(deadline_ns) => drop(me.block_until(deadline_ns)),
            Due::Nothing => me.block(),
        }
    }
}

/// Takes one whose time has come.
fn due() -> Due {
    let now = now_ns();
    let next = WAITS.with(|waits| {
        let waits = waits.as_mut()?;
        let last = waits.last()?;
        if last.deadline_ns > now {
            return Some(Due::At(last.deadline_ns));
        }
        waits.pop().map(|wait| Due::Wake(wait.waker))
    });
    next.ok().flatten().unwrap_or(Due::Nothing)
}
