//! What goes from one task to another.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use spindle_event::cores;
use spindle_strand::Me;
use tasks_interface::{Receiver, RecvError, SendError, Sender, SenderGone, join, yield_now};

use crate::{Claims, Mark, TASKS, patiently};

const ROUNDS: u64 = 1000;

/// Sends each number on, one higher.
async fn echo(mut from: Receiver<u64>, mut to: Sender<u64>) -> u64 {
    let mut count = 0;
    while let Ok(number) = from.recv().await {
        count += 1;
        if to.send(number + 1).await.is_err() {
            break;
        }
    }
    count
}

/// Sends numbers, each when the one before has come back; gives how many were as they should be.
async fn call(mut to: Sender<u64>, mut from: Receiver<u64>) -> u64 {
    let mut right = 0;
    for number in 0..ROUNDS {
        if to.send(number).await.is_ok() {
            right += u64::from(from.recv().await == Ok(number + 1));
        }
    }
    right
}

pub(crate) fn channel(me: &mut Me, claims: &Claims) {
    let here = cores::current();
    for core in cores::online() {
        let (to, request) = tasks_interface::channel(1);
        let (reply, from) = tasks_interface::channel(1);
        let tasks = (TASKS.spawn_on(core, echo(request, reply)), TASKS.spawn_on(here, call(to, from)));
        let (Ok(echoing), Ok(calling)) = tasks else { return claims.claim("tasks are spawned", false) };
        let counts = patiently(me, join(echoing, calling));
        let what = format_args!("{ROUNDS} round trips, core {here} to core {core}");
        claims.claim(what, counts == Ok((Ok(ROUNDS), Ok(ROUNDS))));
    }
    crowd(me, claims);
}

/// Several send more than there is room for, from all cores.
fn crowd(me: &mut Me, claims: &Claims) {
    const SENDERS: u64 = 4;
    let (to, mut from) = tasks_interface::channel::<String>(3);
    let cores: Vec<_> = cores::online().collect();
    for number in 0..SENDERS {
        let mut to = to.clone();
        let Some(core) = cores.iter().cycle().nth(number as usize) else { continue };
        let _ = TASKS.spawn_on(*core, async move {
            for count in 0..100 {
                if to.send((count * SENDERS + number).to_string()).await.is_err() {
                    return;
                }
            }
        });
    }
    drop(to);
    let received = patiently(me, async move {
        let mut received = Vec::new();
        while let Ok(text) = from.recv().await {
            received.extend(text.parse::<u64>().ok());
            if received.len() % 7 == 0 {
                yield_now().await;
            }
        }
        received
    });
    let mut received = received.unwrap_or_default();
    let in_order =
        (0..SENDERS).all(|number| received.iter().filter(|text| **text % SENDERS == number).is_sorted());
    claims.claim("what each has sent comes in its order", in_order && !received.is_empty());
    received.sort_unstable();
    claims.claim("all of it, once", received.into_iter().eq(0..SENDERS * 100));
}

pub(crate) fn closing(me: &mut Me, claims: &Claims) {
    let (mut to, mut from) = tasks_interface::channel(2);
    claims.claim("nothing is there", from.try_recv() == Err(RecvError::Empty));
    let sent = [to.try_send(1), to.try_send(2), to.try_send(3)];
    claims.claim("no more than there is room for", sent == [Ok(()), Ok(()), Err(SendError::Full(3))]);
    drop(to);
    let received = [from.try_recv(), from.try_recv(), from.try_recv()];
    claims.claim("what was sent outlives its sender", received == [Ok(1), Ok(2), Err(RecvError::Closed)]);
    let (to, mut from) = tasks_interface::channel::<u32>(2);
    let dropper = TASKS.spawn(async move {
        yield_now().await;
        drop(to);
    });
    let received = patiently(me, async move { from.recv().await });
    claims.claim("who waits is told of the end", dropper.is_ok() && received == Ok(Err(RecvError::Closed)));
    let drops = Arc::new(AtomicU32::new(0));
    let (mut to, from) = tasks_interface::channel(1);
    let sent = to.try_send(Mark(drops.clone())).is_ok();
    let waits = TASKS.spawn(async move {
        yield_now().await;
        drop(from);
    });
    let refused = patiently(me, async {
        // The first has filled it, so this one waits until the receiver has gone.
        to.send(Mark(drops.clone())).await
    });
    let is_closed = matches!(refused, Ok(Err(SendError::Closed(_))));
    claims.claim("so is who waits for room", sent && waits.is_ok() && is_closed);
    drop(refused);
    claims.claim("both values were dropped", drops.load(Ordering::Acquire) == 2);
}

pub(crate) fn oneshot(me: &mut Me, claims: &Claims) {
    let (sender, value) = tasks_interface::oneshot();
    let task = TASKS.spawn(async move {
        yield_now().await;
        sender.send("a value");
    });
    claims.claim("the value comes", patiently(me, value) == Ok(Ok("a value")) && task.is_ok());
    let (sender, value) = tasks_interface::oneshot::<u8>();
    let task = TASKS.spawn(async move {
        yield_now().await;
        drop(sender);
    });
    claims.claim("or the word that none does", patiently(me, value) == Ok(Err(SenderGone)) && task.is_ok());
}
