//! Who waits for the first of two, or for a time.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::{pending, ready};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use core::time::Duration;

use spindle_clock::now_ns;
use spindle_strand::Me;
use tasks_interface::{Either, TimedOut, join, sleep, sleep_until, timeout, yield_now};

use crate::{Claims, MS, Mark, TASKS, patiently};

pub(crate) fn select(me: &mut Me, claims: &Claims) {
    let left = patiently(me, tasks_interface::select(ready(1), pending::<u8>()));
    claims.claim("the left one is first", left == Ok(Either::Left(1)));
    let drops = Arc::new(AtomicU32::new(0));
    let mark = Mark(drops.clone());
    let never = async move {
        let _mark = mark;
        pending::<u8>().await
    };
    let right = patiently(me, tasks_interface::select(never, ready(2)));
    claims.claim("the right one is", right == Ok(Either::Right(2)));
    claims.claim("the other one is dropped", drops.load(Ordering::Acquire) == 1);
    let (mut to, mut from) = tasks_interface::channel(1);
    let race = TASKS.spawn(async move {
        match tasks_interface::select(from.recv(), pending::<()>()).await {
            Either::Left(Ok(number)) => number,
            _ => 0,
        }
    });
    let sends = TASKS.spawn(async move {
        yield_now().await;
        to.send(7).await.is_ok()
    });
    let (Ok(race), Ok(sends)) = (race, sends) else { return claims.claim("tasks are spawned", false) };
    claims.claim("both have done it", patiently(me, join(race, sends)) == Ok((Ok(7), Ok(true))));
}

pub(crate) fn timers(me: &mut Me, claims: &Claims) {
    let order = Arc::new(AtomicU64::new(0));
    let start = now_ns() + 20 * MS;
    // The last to begin is the first to wake.
    let tasks: Vec<_> = (0..5)
        .filter_map(|number| {
            let order = order.clone();
            let at_ns = start + (5 - number) * 5 * MS;
            let task = TASKS.spawn(async move {
                sleep_until(at_ns).await;
                let digit = if now_ns() >= at_ns { number + 1 } else { 9 };
                order.fetch_update(Ordering::AcqRel, Ordering::Acquire, |seen| Some(seen * 10 + digit))
            });
            task.ok()
        })
        .collect();
    let all = patiently(me, async {
        for task in tasks {
            let _ = task.await;
        }
    });
    let seen = order.load(Ordering::Acquire);
    // In which order says how the host lets the machine run, too.
    let is_each = (1..=5).all(|digit| (0..5).any(|place| seen / 10_u64.pow(place) % 10 == digit));
    claims.claim(format_args!("each of five wakes, and none too early: {seen}"), all.is_ok() && is_each);
    let deadline_ns = now_ns() + 10 * MS;
    let late = patiently(me, timeout(deadline_ns, pending::<()>()));
    claims.claim("what is never ready times out", late == Ok(Err(TimedOut { deadline_ns })));
    claims.claim("not before its time", now_ns() >= deadline_ns);
    let before = now_ns();
    let in_time = patiently(me, timeout(before + 60_000 * MS, sleep(Duration::from_millis(5))));
    claims.claim("what is ready in time does not", in_time == Ok(Ok(())) && now_ns() >= before + 5 * MS);
    let past = patiently(me, sleep_until(1));
    claims.claim("a time that is over is not waited for", past == Ok(()));
}
