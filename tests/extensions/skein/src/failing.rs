//! Who is cancelled, who panics, who is lost.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::pending;
use core::hint::black_box;
use core::sync::atomic::{AtomicU32, Ordering};

use spindle_clock::now_ns;
use spindle_event::cores;
use spindle_strand::Me;
use tasks_interface::{RecvError, TaskError, TaskHandle, sleep_until, yield_now};

use crate::{Claims, MS, Mark, TASKS, patiently};

pub(crate) fn cancel(me: &mut Me, claims: &Claims) {
    let drops = Arc::new(AtomicU32::new(0));
    let mark = Mark(drops.clone());
    let (begun, has_begun) = tasks_interface::oneshot();
    let task = TASKS.spawn(async move {
        let _mark = mark;
        begun.send(());
        pending::<()>().await;
    });
    let Ok(task) = task else { return claims.claim("a task is spawned", false) };
    claims.claim("it begins", patiently(me, has_begun) == Ok(Ok(())) && !task.is_over());
    let number = task.number();
    task.cancel();
    let gives = patiently(me, task);
    claims.claim("its handle says so", gives == Ok(Err(TaskError::Cancelled { task: number })));
    claims.claim("its destructor has run", drops.load(Ordering::Acquire) == 1);
    let over = TASKS.spawn(async { 3 });
    let Ok(mut over) = over else { return claims.claim("a task is spawned", false) };
    let first = patiently(me, &mut over);
    over.cancel();
    claims.claim("what is over is not cancelled", first == Ok(Ok(3)) && over.is_over());
}

/// One that counts until it is told to end; its handle gives how far it has come.
fn counter(count: Arc<AtomicU32>, is_over: Arc<AtomicU32>) -> Result<TaskHandle<u32>, TaskError> {
    TASKS.spawn_on(cores::current(), async move {
        while is_over.load(Ordering::Acquire) == 0 {
            count.fetch_add(1, Ordering::AcqRel);
            yield_now().await;
        }
        count.load(Ordering::Acquire)
    })
}

pub(crate) fn panic(me: &mut Me, claims: &Claims) {
    let here = cores::current();
    let (count, is_over) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let Ok(counting) = counter(count.clone(), is_over.clone()) else {
        return claims.claim("a task is spawned", false);
    };
    let (mut to, mut from) = tasks_interface::channel::<u32>(1);
    let waiting = TASKS.spawn_on(here, async move { from.recv().await });
    let drops = Arc::new(AtomicU32::new(0));
    let mark = Mark(drops.clone());
    let panics = TASKS.spawn_on(here, async move {
        let _mark = mark;
        yield_now().await;
        if black_box(true) {
            panic!("a task panics");
        }
    });
    let (Ok(waiting), Ok(panics)) = (waiting, panics) else {
        return claims.claim("tasks are spawned", false);
    };
    let number = panics.number();
    let gives = patiently(me, panics);
    claims.claim("its handle says so", gives == Ok(Err(TaskError::Panicked { task: number })));
    claims.claim("its destructor has run", drops.load(Ordering::Acquire) == 1);
    let before = count.load(Ordering::Acquire);
    me.sleep_until(now_ns() + 20 * MS);
    claims.claim("another one goes on", count.load(Ordering::Acquire) > before);
    is_over.store(1, Ordering::Release);
    let counted = patiently(me, counting);
    claims.claim("and comes to its end", counted.is_ok_and(|count| count.is_ok_and(|count| count > before)));
    let sent = to.try_send(5) == Ok(());
    claims.claim("one that waits is woken", sent && patiently(me, waiting) == Ok(Ok(Ok(5))));
    let after = TASKS.spawn_on(here, async { 4 }).map(|task| patiently(me, task));
    claims.claim("others are spawned there", after == Ok(Ok(Ok(4))));
}

#[expect(unconditional_recursion, reason = "it is to fill the stack")]
fn dig(depth: u64) -> u64 {
    let room = black_box([depth; 32]);
    dig(depth + 1) + room[7]
}

/// One that fills its stack leaves nothing of its worker: the others are lost, and told so.
pub(crate) fn lost(me: &mut Me, claims: &Claims) {
    let here = cores::current();
    let (to, mut from) = tasks_interface::channel::<u32>(1);
    let waiting = TASKS.spawn_on(here, async move {
        let _to = to;
        pending::<u32>().await
    });
    let digs = TASKS.spawn_on(here, async {
        yield_now().await;
        black_box(dig(black_box(1)))
    });
    let (Ok(waiting), Ok(digs)) = (waiting, digs) else { return claims.claim("tasks are spawned", false) };
    let (first, second) = (digs.number(), waiting.number());
    claims.claim("it is lost", patiently(me, digs) == Ok(Err(TaskError::Lost { task: first })));
    claims.claim("so is the other", patiently(me, waiting) == Ok(Err(TaskError::Lost { task: second })));
    claims.claim("whose destructors have not run", from.try_recv() == Err(RecvError::Empty));
    let after = TASKS.spawn_on(here, async { 4 }).map(|task| patiently(me, task));
    claims.claim("others are spawned there", after == Ok(Ok(Ok(4))));
}

/// Some that stay, for the domain's end.
pub(crate) fn stays(me: &mut Me, claims: &Claims) {
    let tasks: Vec<_> = cores::online()
        .flat_map(|core| {
            let loops = async {
                loop {
                    yield_now().await;
                }
            };
            [
                TASKS.spawn_on(core, pending::<()>()),
                TASKS.spawn_on(core, sleep_until(u64::MAX)),
                TASKS.spawn_on(core, loops),
            ]
        })
        .collect();
    me.sleep_until(now_ns() + 20 * MS);
    claims
        .claim("all of them stay", tasks.iter().all(|task| task.as_ref().is_ok_and(|task| !task.is_over())));
}
