//! Threads tell each other something.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use spindle_clock::now_ns;
use spindle_strand::Me;
use threads_interface::{Barrier, Condvar, Mutex, RecvError, Semaphore, SendError, WaitError, sleep, spawn};

use crate::{Claims, ms};

const VALUES: u64 = 500;

/// What two threads hand values over by.
struct Queue {
    values: Mutex<VecDeque<u64>>,
    has_changed: Condvar,
}

pub(crate) fn condvar(me: &mut Me, claims: &Claims) {
    let queue = Arc::new(Queue { values: Mutex::new(VecDeque::new()), has_changed: Condvar::new() });
    let producing = queue.clone();
    let producer = spawn(move |me| {
        for value in 1..=VALUES {
            let guard = producing.values.lock(me).ok()?;
            let mut guard = producing.has_changed.wait_while(me, guard, |values| values.len() >= 4).ok()?;
            guard.push_back(value);
            drop(guard);
            producing.has_changed.notify_all();
        }
        Some(())
    });
    let mut seen = Vec::new();
    while seen.len() < VALUES as usize {
        let Ok(guard) = queue.values.lock(me) else { break };
        let waited = queue.has_changed.wait_while(me, guard, |values| values.is_empty());
        let Ok(mut guard) = waited else { break };
        seen.extend(guard.pop_front());
        drop(guard);
        queue.has_changed.notify_all();
    }
    claims.claim("the producer ends", producer.map(|producer| producer.join(me)) == Ok(Ok(Some(()))));
    claims.claim("all values came, in order", seen == (1..=VALUES).collect::<Vec<_>>());
    timeout(me, claims, &queue);
    notified(me, claims);
}

fn timeout(me: &mut Me, claims: &Claims, queue: &Queue) {
    let before = now_ns();
    let Ok(guard) = queue.values.lock(me) else { return claims.claim("the queue is open", false) };
    let waited = queue.has_changed.wait_timeout(me, guard, ms(20));
    let was_notified = waited.map(|(_, was_notified)| was_notified);
    claims.claim("who is not notified waits for its time", was_notified == Ok(false));
    claims.claim("and no shorter", now_ns() - before >= 20_000_000);
}

/// One notification is for one, in the order in which they came.
fn notified(me: &mut Me, claims: &Claims) {
    let bell = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
    let threads: Vec<_> = (0..3)
        .filter_map(|number| {
            let bell = bell.clone();
            let thread = spawn(move |me| {
                let guard = bell.0.lock(me).ok()?;
                let (mut guard, was_notified) = bell.1.wait_timeout(me, guard, ms(5000)).ok()?;
                guard.push(number);
                Some(was_notified)
            });
            sleep(me, ms(5));
            thread.ok()
        })
        .collect();
    let count = |me: &mut Me| bell.0.lock(me).map(|order| order.len());
    bell.1.notify_one();
    sleep(me, ms(20));
    claims.claim("one notification is for one", count(me) == Ok(1));
    bell.1.notify_all();
    let all = threads.into_iter().fold(true, |all, thread| all & (thread.join(me) == Ok(Some(true))));
    claims.claim("and another for all", all);
    let first = bell.0.lock(me).map(|order| order.first().copied());
    claims.claim("the first was the first", first == Ok(Some(0)));
}

pub(crate) fn semaphore(me: &mut Me, claims: &Claims) {
    let permits = Arc::new(Semaphore::new(2));
    let inside = Arc::new(AtomicU32::new(0));
    let most = Arc::new(AtomicU32::new(0));
    let threads: Vec<_> = (0..6)
        .filter_map(|_| {
            let (permits, inside, most) = (permits.clone(), inside.clone(), most.clone());
            spawn(move |me| {
                for _ in 0..20 {
                    permits.acquire(me)?;
                    most.fetch_max(inside.fetch_add(1, Ordering::AcqRel) + 1, Ordering::AcqRel);
                    sleep(me, ms(1));
                    inside.fetch_sub(1, Ordering::AcqRel);
                    permits.release(1);
                }
                Ok::<_, WaitError>(())
            })
            .ok()
        })
        .collect();
    let count = threads.len();
    let all = threads.into_iter().fold(true, |all, thread| all & (thread.join(me) == Ok(Ok(()))));
    claims.claim("all come in, again and again", all && count == 6);
    let most = most.load(Ordering::Acquire);
    claims.claim(format_args!("two at a time, and not more: {most}"), most == 2);
    claims.claim("all permits are back", permits.permits() == 2);
    claims.claim("two can be had at once", permits.try_acquire() && permits.try_acquire());
    claims.claim("and no third", !permits.try_acquire());
    let timed_out = permits.acquire_timeout(me, ms(10));
    claims.claim("nor by waiting for it", matches!(timed_out, Err(WaitError::TimedOut { .. })));
}

pub(crate) fn barrier(me: &mut Me, claims: &Claims) {
    const ROUNDS: u32 = 20;
    let barrier = Arc::new(Barrier::new(4));
    let (come, last) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let threads: Vec<_> = (0..4)
        .filter_map(|_| {
            let (barrier, come, last) = (barrier.clone(), come.clone(), last.clone());
            spawn(move |me| {
                let mut is_whole = true;
                for round in 1..=ROUNDS {
                    come.fetch_add(1, Ordering::AcqRel);
                    last.fetch_add(u32::from(barrier.wait(me) == Ok(true)), Ordering::AcqRel);
                    is_whole &= come.load(Ordering::Acquire) >= 4 * round;
                }
                is_whole
            })
            .ok()
        })
        .collect();
    let all = threads.into_iter().fold(true, |all, thread| all & (thread.join(me) == Ok(true)));
    claims.claim("nobody goes on before all have come", all);
    claims.claim("one comes last in each round", last.load(Ordering::Acquire) == ROUNDS);
}

pub(crate) fn channel(me: &mut Me, claims: &Claims) {
    let (sender, receiver) = threads_interface::channel(3);
    let senders: Vec<_> = (0..3_u64)
        .filter_map(|number| {
            let sender = sender.clone();
            spawn(move |me| (0..100).all(|value| sender.send(me, number * 1000 + value).is_ok())).ok()
        })
        .collect();
    drop(sender);
    let mut seen = [0; 3];
    let mut are_in_order = true;
    let closed = loop {
        match receiver.recv(me) {
            Ok(value) => {
                let next = &mut seen[(value / 1000) as usize % 3];
                are_in_order &= value % 1000 == *next;
                *next += 1;
            }
            Err(why) => break why,
        }
    };
    claims.claim("all values came, those of each in order", are_in_order && seen == [100; 3]);
    claims.claim("then nobody sends any more", closed == RecvError::Closed);
    let all = senders.into_iter().fold(true, |all, thread| all & (thread.join(me) == Ok(true)));
    claims.claim("the senders end", all);
    let (sender, receiver) = threads_interface::channel(1);
    claims.claim("one fits", sender.try_send(1) == Ok(()) && sender.try_send(2) == Err(SendError::Full(2)));
    let sends = spawn(move |me| sender.send(me, 3));
    sleep(me, ms(5));
    drop(receiver);
    let refused = sends.map(|sends| sends.join(me));
    claims.claim("who waits for room is told of the end", refused == Ok(Ok(Err(SendError::Closed(3)))));
}

/// Those that end while they wait are passed over.
pub(crate) fn gone(me: &mut Me, claims: &Claims) {
    let permits = Arc::new(Semaphore::new(0));
    let lock = Arc::new(Mutex::new(0));
    let guard = lock.lock(me);
    let waiter = |permits: &Arc<Semaphore>| {
        let permits = permits.clone();
        spawn(move |me| permits.acquire(me))
    };
    let locker = |lock: &Arc<Mutex<u32>>| {
        let lock = lock.clone();
        spawn(move |me| lock.lock(me).map(|mut value| *value += 1))
    };
    let first = (waiter(&permits), locker(&lock));
    sleep(me, ms(5));
    let second = (waiter(&permits), locker(&lock));
    sleep(me, ms(5));
    let (Ok(first_waiter), Ok(first_locker)) = first else { return claims.claim("threads begin", false) };
    claims.claim("the first are told to end", first_waiter.end().is_ok() && first_locker.end().is_ok());
    permits.release(1);
    drop(guard);
    let (Ok(second_waiter), Ok(second_locker)) = second else { return claims.claim("threads begin", false) };
    claims.claim("the second gets the permit", second_waiter.join(me) == Ok(Ok(())));
    claims.claim("and the lock", second_locker.join(me) == Ok(Ok(())));
    claims.claim("the first got neither", first_waiter.join(me).is_err() && first_locker.join(me).is_err());
    claims.claim("which is open", lock.try_lock(me).map(|value| *value) == Ok(1));
}
