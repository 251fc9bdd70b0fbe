//! Who is spawned, where, and how many.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_event::{CoreId, cores};
use spindle_strand::Me;
use tasks_interface::{SLOTS, TaskError, yield_now};

use crate::{Claims, TASKS, patiently};

pub(crate) fn spawn(me: &mut Me, claims: &Claims) {
    let Ok(task) = TASKS.spawn(async { 6 * 7 }) else { return claims.claim("a task is spawned", false) };
    claims.claim("its handle gives its result", patiently(me, task) == Ok(Ok(42)));
    let outer = TASKS.spawn(async {
        let inner = TASKS.spawn(async {
            yield_now().await;
            20
        })?;
        Ok::<_, TaskError>(inner.await? + 1)
    });
    let Ok(outer) = outer else { return claims.claim("a task is spawned", false) };
    claims.claim("a task awaits another", patiently(me, outer) == Ok(Ok(Ok(21))));
    let ran = Arc::new(AtomicU64::new(0));
    let counted = ran.clone();
    drop(TASKS.spawn(async move { counted.fetch_add(1, Ordering::AcqRel) }));
    let waits = core::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        match ran.load(Ordering::Acquire) {
            0 => core::task::Poll::Pending,
            times => core::task::Poll::Ready(times),
        }
    });
    claims.claim("one whose handle was dropped runs all the same", patiently(me, waits) == Ok(1));
}

pub(crate) fn cores(me: &mut Me, claims: &Claims) {
    for core in cores::online() {
        let spawned = TASKS.spawn_on(core, async move {
            let before = cores::current();
            yield_now().await;
            (before, cores::current())
        });
        let where_it_was = spawned.map(|task| patiently(me, task));
        claims.claim(format_args!("a task runs on core {core}"), where_it_was == Ok(Ok(Ok((core, core)))));
    }
    let offline = (0..).map_while(CoreId::new).find(|core| !core.is_online());
    if let Some(core) = offline {
        let refused = TASKS.spawn_on(core, async {}).err();
        claims.claim("none on one that does not run", refused == Some(TaskError::Offline { core }));
    }
}

pub(crate) fn many(me: &mut Me, claims: &Claims) {
    const TASKS_AT_ONCE: u64 = 500;
    let here = cores::current();
    let sum = Arc::new(AtomicU64::new(0));
    let spawn = |number: u64| {
        let sum = sum.clone();
        let body = async move {
            for _ in 0..3 {
                yield_now().await;
            }
            sum.fetch_add(number, Ordering::AcqRel);
            number
        };
        TASKS.spawn_on(here, body).ok()
    };
    let tasks: Vec<_> = (1..=TASKS_AT_ONCE).filter_map(spawn).collect();
    claims.claim("all are spawned", tasks.len() as u64 == TASKS_AT_ONCE);
    let results = patiently(me, async {
        let mut results = 0;
        for task in tasks {
            results += task.await.unwrap_or(0);
        }
        results
    });
    let all = TASKS_AT_ONCE * (TASKS_AT_ONCE + 1) / 2;
    claims.claim("all have run", sum.load(Ordering::Acquire) == all);
    claims.claim("each has given its result", results == Ok(all));
    let mut waiting: Vec<_> = Vec::new();
    let refused = loop {
        match TASKS.spawn_on(here, core::future::pending::<()>()) {
            Ok(task) => waiting.push(task),
            Err(error) => break error,
        }
    };
    let is_full = waiting.len() <= SLOTS && refused == TaskError::Full { core: here };
    claims.claim(format_args!("{refused}"), is_full);
    waiting.iter().for_each(|task| task.cancel());
    let cancelled = patiently(me, async {
        let mut cancelled = 0;
        for task in &mut waiting {
            cancelled += usize::from(matches!(task.await, Err(TaskError::Cancelled { .. })));
        }
        cancelled
    });
    claims.claim("all of those are cancelled", cancelled == Ok(waiting.len()));
    let again = TASKS.spawn_on(here, async { 1 }).map(|task| patiently(me, task));
    claims.claim("and there is room again", again == Ok(Ok(Ok(1))));
}

/// Two tasks of one core that yield take turns.
pub(crate) fn yields(me: &mut Me, claims: &Claims) {
    let here = cores::current();
    let order = Arc::new(AtomicU64::new(0));
    let (begins, ready) = tasks_interface::oneshot();
    let spawn = |digit: u64| {
        let order = order.clone();
        async move {
            for _ in 0..3 {
                let _ =
                    order.fetch_update(Ordering::AcqRel, Ordering::Acquire, |seen| Some(seen * 10 + digit));
                yield_now().await;
            }
        }
    };
    let (first, second) = (spawn(1), spawn(2));
    let both = TASKS.spawn_on(here, async move {
        let _ = ready.await;
        // Both are spawned in one poll, so neither begins before the other is there.
        let tasks = (TASKS.spawn_on(here, first), TASKS.spawn_on(here, second));
        let (Ok(first), Ok(second)) = tasks else { return false };
        tasks_interface::join(first, second).await == (Ok(()), Ok(()))
    });
    begins.send(());
    claims.claim("both end", both.map(|both| patiently(me, both)) == Ok(Ok(Ok(true))));
    let seen = order.load(Ordering::Acquire);
    claims.claim(format_args!("they take turns: {seen}"), [121_212, 212_121].contains(&seen));
}
