//! Threads share values.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hint::black_box;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_strand::Me;
use threads_interface::{LockError, Mutex, RwLock, sleep, spawn, yield_now};

use crate::{Claims, ms};

const THREADS: u64 = 4;
const ROUNDS: u64 = 1000;

pub(crate) fn mutex(me: &mut Me, claims: &Claims) {
    let count = Arc::new(Mutex::new(0_u64));
    let threads: Vec<_> = (0..THREADS)
        .filter_map(|_| {
            let count = count.clone();
            spawn(move |me| {
                for round in 0..ROUNDS {
                    let Ok(mut guard) = count.lock(me) else { return false };
                    let seen = *guard;
                    if round % 64 == 0 {
                        // Others run, and find it locked.
                        yield_now(me);
                    }
                    *guard = seen + 1;
                }
                true
            })
            .ok()
        })
        .collect();
    let all = threads.into_iter().fold(true, |all, thread| all & (thread.join(me) == Ok(true)));
    let total = count.lock(me).map(|guard| *guard);
    claims.claim(format_args!("nothing is lost of {total:?}"), all && total == Ok(THREADS * ROUNDS));
    let holder = me.strand();
    let guard = count.lock(me);
    claims.claim("who holds it is told", count.lock(me).map(|_| ()) == Err(LockError::Own { holder }));
    let other = count.clone();
    let tried = spawn(move |me: &mut Me| other.try_lock(me).map(|_| ())).map(|thread| thread.join(me));
    claims.claim("others try in vain", tried == Ok(Ok(Err(LockError::Held { holder }))));
    drop(guard);
    claims.claim("and not when it is open", count.try_lock(me).is_ok());
    in_turn(me, claims);
}

/// Those that wait are served in the order in which they came.
fn in_turn(me: &mut Me, claims: &Claims) {
    let lock = Arc::new(Mutex::new(Vec::new()));
    let guard = lock.lock(me);
    let threads: Vec<_> = (0..5)
        .filter_map(|number| {
            let lock = lock.clone();
            let thread = spawn(move |me| lock.lock(me).map(|mut order| order.push(number))).ok();
            sleep(me, ms(5));
            thread
        })
        .collect();
    drop(guard);
    for thread in threads {
        let _ = thread.join(me);
    }
    let order = lock.lock(me).map(|order| order.clone());
    claims.claim("they are served in turn", order == Ok((0..5).collect()));
}

/// A panic in the middle poisons; those that wait are told.
pub(crate) fn poison(me: &mut Me, claims: &Claims) {
    let lock = Arc::new(Mutex::new(1));
    let other = lock.clone();
    let holder = spawn(move |me| {
        other.with(me, |value, me| {
            *value = 2;
            sleep(me, ms(20));
            if black_box(true) {
                panic!("a holder panics");
            }
        })
    });
    let Ok(holder) = holder else { return claims.claim("a thread begins", false) };
    sleep(me, ms(5));
    let strand = holder.strand();
    let told = lock.lock(me).map(|_| ());
    claims.claim("who waits is told", told == Err(LockError::Poisoned { holder: Some(strand) }));
    claims.claim("it is poisoned", lock.is_poisoned());
    claims.claim("another value takes its place", lock.renew(5) == Ok(Some(2)));
    claims.claim("and is there", lock.with(me, |value, _| *value) == Ok(5));
    claims.claim("which is not poisoned", lock.renew(6) == Err(LockError::NotPoisoned { holder: None }));
    let _ = holder.join(me);
}

/// A holder that is ended without its destructors takes the value along; those that wait are told all the same.
pub(crate) fn lost(me: &mut Me, claims: &Claims) {
    let lock = Arc::new(Mutex::new(1));
    let (other, third) = (lock.clone(), lock.clone());
    let holder = spawn(move |me| {
        let _guard = other.lock(me);
        loop {
            core::hint::spin_loop();
        }
    });
    let Ok(holder) = holder else { return claims.claim("a thread begins", false) };
    sleep(me, ms(30));
    let strand = holder.strand();
    let poisoned = Err(LockError::Poisoned { holder: Some(strand) });
    let waiter = spawn(move |me| third.lock(me).map(|_| ()));
    sleep(me, ms(10));
    claims.claim("it is held", lock.try_lock(me).map(|_| ()) == Err(LockError::Held { holder: strand }));
    let _ended: Result<(), _> = holder.end().map(|()| holder.join(me).unwrap_or_default());
    let told = waiter.map(|waiter| waiter.join(me));
    claims.claim("who waits is told", told == Ok(Ok(poisoned)));
    claims.claim("and whoever comes", lock.lock(me).map(|_| ()) == poisoned);
    claims.claim("the value is lost, another takes its place", lock.renew(7) == Ok(None));
    claims.claim("and is there", lock.with(me, |value, _| *value) == Ok(7));
}

/// A holder that is given up leaves the lock poisoned, one that opens it and was only asked to end does not.
pub(crate) fn holds(me: &mut Me, claims: &Claims) {
    let ways: [(&str, fn(&mut Me), bool); 3] = [
        ("panics", panics, true),
        ("is ended", ends, true),
        ("is asked to end", |me| drop(me.strand().end()), false),
    ];
    for (what, way, poisons) in ways {
        let lock = Arc::new(Mutex::new(1));
        let held = lock.clone();
        let holder = spawn(move |me| held.lock(me).map(|_held| way(me)));
        let _ = holder.map(|holder| holder.join(me).map(drop));
        claims.claim(format_args!("a mutex whose holder {what}"), lock.is_poisoned() == poisons);
        let value = lock.lock(me).map(|value| *value).ok().or_else(|| lock.renew(0).ok().flatten());
        claims.claim("its value is there", value == Some(1));
        let lock = Arc::new(RwLock::new(1));
        let (read, written) = (lock.clone(), lock.clone());
        let reader = spawn(move |me| read.read(me).map(|_read| way(me)));
        let _ = reader.map(|reader| reader.join(me).map(drop));
        claims.claim(format_args!("not by a reader that {what}"), !lock.is_poisoned());
        let writer = spawn(move |me| written.write(me).map(|_written| way(me)));
        let _ = writer.map(|writer| writer.join(me).map(drop));
        claims.claim(format_args!("a value whose writer {what}"), lock.is_poisoned() == poisons);
    }
}

fn panics(_: &mut Me) {
    if black_box(true) {
        panic!("a holder panics");
    }
}

fn ends(me: &mut Me) {
    let _ = me.strand().end();
    yield_now(me);
}

pub(crate) fn rwlock(me: &mut Me, claims: &Claims) {
    let pair = Arc::new(RwLock::new((0_u64, 0_u64)));
    let torn = Arc::new(AtomicU64::new(0));
    let readers: Vec<_> = (0..4)
        .filter_map(|_| {
            let (pair, torn) = (pair.clone(), torn.clone());
            spawn(move |me| {
                for _ in 0..200 {
                    let Ok(read) = pair.read(me) else { return false };
                    yield_now(me);
                    torn.fetch_add(u64::from(read.0 != read.1), Ordering::AcqRel);
                }
                true
            })
            .ok()
        })
        .collect();
    let writers: Vec<_> = (0..2)
        .filter_map(|_| {
            let pair = pair.clone();
            spawn(move |me| {
                for _ in 0..200 {
                    let Ok(mut write) = pair.write(me) else { return false };
                    write.0 += 1;
                    yield_now(me);
                    write.1 += 1;
                }
                true
            })
            .ok()
        })
        .collect();
    let all =
        readers.into_iter().chain(writers).fold(true, |all, thread| all & (thread.join(me) == Ok(true)));
    claims.claim("all come to their end, writers too", all);
    claims.claim("nobody reads while somebody writes", torn.load(Ordering::Acquire) == 0);
    claims.claim("no change is lost", pair.read(me).map(|read| *read) == Ok((400, 400)));
    readers_meet(me, claims);
}

/// Two that read do so at the same time; a writer is not passed by a reader that comes later.
fn readers_meet(me: &mut Me, claims: &Claims) {
    let value = Arc::new(RwLock::new(0));
    let first = value.read(me);
    let (second, third, fourth) = (value.clone(), value.clone(), value.clone());
    let reads = spawn(move |me| second.read(me).map(|read| *read)).map(|thread| thread.join(me));
    claims.claim("two read at the same time", reads == Ok(Ok(Ok(0))));
    let writer = spawn(move |me| third.change(me, |value, _| *value = 1));
    sleep(me, ms(5));
    let late = spawn(move |me| fourth.read(me).map(|read| *read));
    sleep(me, ms(5));
    let waits = late.as_ref().is_ok_and(|late| !late.is_finished());
    claims.claim("who comes behind a writer waits", waits);
    drop(first);
    claims.claim("the writer writes", writer.map(|thread| thread.join(me)) == Ok(Ok(Ok(()))));
    claims.claim("and who came behind it reads that", late.map(|thread| thread.join(me)) == Ok(Ok(Ok(1))));
    let holder = me.strand();
    let own = value.read(me).map(|_read| value.write(me).map(|_| ()));
    claims.claim("who reads does not write", own == Ok(Err(LockError::Own { holder })));
}

/// A writer that panics, and a reader that is ended without its destructors.
pub(crate) fn rwlost(me: &mut Me, claims: &Claims) {
    let value = Arc::new(RwLock::new(1));
    let other = value.clone();
    let writer = spawn(move |me| {
        other.change(me, |value, _| {
            *value = 2;
            if black_box(true) {
                panic!("a writer panics");
            }
        })
    });
    let Ok(writer) = writer else { return claims.claim("a thread begins", false) };
    let poisoned = Err(LockError::Poisoned { holder: Some(writer.strand()) });
    let _ = writer.join(me);
    claims.claim("a writer that panics poisons it", value.read(me).map(|_| ()) == poisoned);
    claims.claim("another value takes its place", value.renew(3) == Ok(()));
    let other = value.clone();
    let reader = spawn(move |me| {
        let _read = other.read(me);
        loop {
            core::hint::spin_loop();
        }
    });
    let Ok(reader) = reader else { return claims.claim("a thread begins", false) };
    sleep(me, ms(30));
    let poisoned = Err(LockError::Poisoned { holder: Some(reader.strand()) });
    let other = value.clone();
    let waiter = spawn(move |me| other.write(me).map(|_| ()));
    sleep(me, ms(10));
    let _ended: Result<(), _> = reader.end().map(|()| reader.join(me).unwrap_or_default());
    let told = waiter.map(|waiter| waiter.join(me));
    claims.claim("who waits for a reader that is gone is told", told == Ok(Ok(poisoned)));
    claims.claim("it can be renewed", value.renew(4) == Ok(()) && value.write(me).is_ok());
}
