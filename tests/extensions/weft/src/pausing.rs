//! Threads wait for a time, or a word.

use alloc::sync::Arc;

use spindle_clock::now_ns;
use spindle_strand::Me;
use threads_interface::{
    Barrier, Condvar, LockError, Mutex, Semaphore, Thread, WaitError, channel, park, park_interruptibly,
    park_timeout, sleep, sleep_interruptibly, sleep_until, spawn,
};

use crate::{Claims, ms};

const MS: u64 = 1_000_000;

/// A wait; whether it was interrupted.
type Wait = fn(&mut Me, &Mutex<u32>) -> bool;

fn unparks(me: &mut Me, claims: &Claims) {
    let own = Thread::current(me);
    own.unpark();
    own.unpark();
    park(me);
    claims.claim("an unpark before the park is not lost", true);
    claims.claim("two of them are one", !park_timeout(me, ms(10)));
    let waker = spawn(move |me| {
        sleep(me, ms(20));
        own.unpark();
    });
    let before = now_ns();
    park(me);
    claims.claim("who is parked is woken, and not before", now_ns() - before >= 15 * MS);
    let _ = waker.map(|waker| waker.join(me));
}

pub(crate) fn parks(me: &mut Me, claims: &Claims) {
    unparks(me, claims);
    // A wait in between does not take the permit.
    let lock = Arc::new(Mutex::new(0));
    let other = lock.clone();
    let holder = spawn(move |me| {
        let guard = other.lock(me);
        sleep(me, ms(20));
        drop(guard);
    });
    sleep(me, ms(5));
    Thread::current(me).unpark();
    drop(lock.lock(me));
    claims.claim("a lock that is waited for does not take it", park_timeout(me, ms(10)));
    let _ = holder.map(|holder| holder.join(me));
}

pub(crate) fn sleeps(me: &mut Me, claims: &Claims) {
    let before = now_ns();
    sleep(me, ms(20));
    claims.claim("nobody sleeps too short", now_ns() - before >= 20 * MS);
    let at_ns = now_ns() + 10 * MS;
    Thread::current(me).strand().unblock();
    sleep_until(me, at_ns);
    claims.claim("whoever wakes it", now_ns() >= at_ns);
}

pub(crate) fn interrupt(me: &mut Me, claims: &Claims) {
    let lock = Arc::new(Mutex::new(0));
    let guard = lock.lock(me);
    let shared = lock.clone();
    let waits: [(&str, Wait); 5] = [
        ("parks", |me, _| is_interrupted(park_interruptibly(me))),
        ("sleeps", |me, _| is_interrupted(sleep_interruptibly(me, ms(100_000)))),
        ("waits for a lock", |me, lock| {
            matches!(lock.lock_interruptibly(me), Err(LockError::Wait(WaitError::Interrupted { .. })))
        }),
        ("waits for a permit", |me, _| is_interrupted(Semaphore::new(0).acquire_interruptibly(me))),
        ("waits for a condition", |me, _| {
            let own = Mutex::new(0);
            let Ok(guard) = own.lock(me) else { return false };
            let waited = Condvar::new().wait_interruptibly(me, guard);
            waited.is_ok_and(|(_guard, outcome)| is_interrupted(outcome))
        }),
    ];
    for (what, wait) in waits {
        let shared = shared.clone();
        let thread = spawn(move |me| wait(me, &shared) && !Thread::current(me).is_interrupted());
        sleep(me, ms(10));
        let Ok(thread) = thread else { return claims.claim("a thread begins", false) };
        let has_waited = !thread.is_finished();
        thread.thread().interrupt();
        claims
            .claim(format_args!("one that {what} is interrupted"), has_waited && thread.join(me) == Ok(true));
    }
    drop(guard);
    claims.claim("the lock is whole", lock.try_lock(me).is_ok());
    let patient = spawn(|me| {
        sleep(me, ms(30));
        (is_interrupted(park_interruptibly(me)), Thread::take_interrupt(me))
    });
    let _ = patient.as_ref().map(|patient| patient.thread().interrupt());
    let outcome = patient.map(|patient| patient.join(me));
    claims.claim("an interrupt waits for the next such wait, and is one", outcome == Ok(Ok((true, false))));
}

/// Some that wait for ever, for the domain's end.
pub(crate) fn stays(me: &mut Me, claims: &Claims) {
    let lock = Arc::new(Mutex::new(0));
    let (holding, waiting) = (lock.clone(), lock);
    let holder = spawn(move |me| {
        let _locked = holding.lock(me);
        park(me);
    });
    sleep(me, ms(5));
    let all = [
        holder,
        spawn(move |me| drop(waiting.lock(me))),
        spawn(|me| {
            let _ = Semaphore::new(0).acquire(me);
        }),
        spawn(|me| {
            let _ = Barrier::new(2).wait(me);
        }),
        spawn(|me| sleep(me, ms(100_000_000))),
        spawn(|me| {
            // The sender is there for as long as this waits.
            let _ = channel::<u32>(1).1.recv(me);
        }),
        spawn(|me| {
            let other = spawn(park);
            let _ = other.map(|other| other.join(me));
        }),
    ];
    sleep(me, ms(20));
    let stay = all.iter().flatten().filter(|thread| !thread.is_finished()).count();
    claims.claim(format_args!("all of them stay: {stay}"), stay == all.len());
}

fn is_interrupted(outcome: Result<(), WaitError>) -> bool {
    matches!(outcome, Err(WaitError::Interrupted { .. }))
}
