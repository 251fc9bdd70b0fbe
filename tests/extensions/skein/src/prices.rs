//! What things cost, in instructions. Each is measured several times, and the least counts: what interrupts cost is not the tasks'.

use alloc::boxed::Box;
use core::fmt;
use core::future::poll_fn;
use core::hint::black_box;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use spindle_event::cores;
use spindle_measure::{instructions, ticks_count_instructions};
use spindle_strand::Me;
use tasks_interface::{Receiver, Sender, Store};

use crate::{Claims, TASKS, patiently};

const ROUNDS: u64 = 100;
const TIMES: usize = 10;

/// Wakes itself and waits, again and again.
fn waker() -> impl Future<Output = ()> {
    let mut left = ROUNDS;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

/// What waking and polling one task costs.
async fn wake_and_poll() -> u64 {
    let mut least = u64::MAX;
    for _ in 0..TIMES {
        let before = instructions();
        waker().await;
        least = least.min((instructions() - before) / ROUNDS);
    }
    least
}

/// What of that is not the executor's: the future's own, when nobody is woken.
fn own() -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    let costs = (0..TIMES).map(|_| {
        let mut future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async { waker().await });
        let before = instructions();
        while black_box(&mut future).as_mut().poll(&mut context).is_pending() {}
        (instructions() - before) / ROUNDS
    });
    costs.min().unwrap_or(0)
}

/// Sends back what comes.
async fn echo<S: Store<u64>>(mut from: Receiver<u64, S>, mut to: Sender<u64, S>) {
    while let Ok(number) = from.recv().await {
        if to.send(number).await.is_err() {
            return;
        }
    }
}

/// What a round trip costs.
async fn call<S: Store<u64>>(mut to: Sender<u64, S>, mut from: Receiver<u64, S>) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..TIMES {
        let before = instructions();
        for number in 0..ROUNDS {
            let _ = (to.send(number).await, from.recv().await);
        }
        least = least.min((instructions() - before) / ROUNDS);
    }
    least
}

/// A channel's two sides.
type Sides<S> = (Sender<u64, S>, Receiver<u64, S>);

fn trip<S: Store<u64> + Send + Sync + 'static>(me: &mut Me, make: fn(usize) -> Sides<S>) -> Option<u64> {
    let here = cores::current();
    let ((to, request), (reply, from)) = (make(2), make(2));
    let echoing = TASKS.spawn_on(here, echo(request, reply)).ok()?;
    let calling = TASKS.spawn_on(here, call(to, from)).ok()?;
    patiently(me, tasks_interface::join(echoing, calling)).ok()?.1.ok()
}

/// Claims that `what` costs `most` at most.
fn price(claims: &Claims, what: impl fmt::Display, cost: u64, most: u64) {
    claims.claim(format_args!("{what}: {cost} of {most} instructions"), cost <= most);
}

pub(crate) fn prices(me: &mut Me, claims: &Claims) {
    if !ticks_count_instructions() {
        return claims.claim("instructions are not counted here, so nothing is claimed", true);
    }
    let cost = TASKS.spawn_on(cores::current(), wake_and_poll()).map(|task| patiently(me, task));
    let Ok(Ok(Ok(cost))) = cost else { return claims.claim("a task is spawned", false) };
    let executors = cost.saturating_sub(own());
    price(claims, "waking and polling, without the task's own", executors, 60);
    let costs = (trip(me, tasks_interface::words), trip(me, tasks_interface::channel));
    let (Some(words), Some(values)) = costs else { return claims.claim("tasks are spawned", false) };
    price(claims, "a round trip of words", words, 450);
    price(claims, "a round trip of values", values, 950);
}
