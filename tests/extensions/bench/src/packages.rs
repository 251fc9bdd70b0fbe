//! Of area `strands`, what the packages `tasks` and `threads` make of strands.
//!
//! What tasks do is counted by a task, on the core of the strand that asks: a run is [`ROUNDS`] of it, between two readings of the
//! counter, and the executor's part is in it: its rounds, and its turns for others. Of waking and polling what the future does itself is
//! subtracted, which is counted when nobody is woken by it.

use alloc::boxed::Box;
use core::array;
use core::future::poll_fn;
use core::hint::black_box;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use spindle_console::Console;
use spindle_event::CoreId;
use spindle_measure::instructions;
use spindle_strand::Me;
use tasks_interface::{Receiver, Sender, Tasks, block_on, channel};

use crate::figure::{Figure, RUNS};
use crate::report;

/// How often something is done between two readings of the counter.
const ROUNDS: u64 = 128;

/// Mine: whose code begins the strands of the tasks.
struct Mine;

static TASKS: Tasks = Tasks::of::<Mine>();

/// What the runs have counted, in hundredths of an instruction for each round.
type Counts = [i64; RUNS];

pub(crate) fn run(me: &mut Me, core: CoreId, console: &Console) -> Option<()> {
    let woken = block_on(me, TASKS.spawn_on(core, wake_and_poll()).ok()?).ok()?;
    let figure = of(woken).over(Figure::of_runs(own));
    report(
        console,
        "strands/task_wake_poll",
        "wake and poll of a task, without its own code",
        figure,
        Some(60),
    );

    let ((to, request), (reply, from)) = (channel(2), channel(2));
    let echoing = TASKS.spawn_on(core, echo(request, reply)).ok()?;
    let calling = TASKS.spawn_on(core, call(to, from)).ok()?;
    let trips = block_on(me, calling).ok()??;
    block_on(me, echoing).ok()?;
    let operation = "channel between two tasks of one core, a round trip";
    report(console, "strands/task_channel", operation, of(trips), None);

    let builder = threads_interface::Builder::new().core(core);
    let mut has_failed = false;
    let figure = Figure::of(|| match builder.spawn(|_| 1_u64) {
        Ok(thread) => has_failed |= thread.join(me) != Ok(1),
        Err(_) => has_failed = true,
    });
    report(console, "strands/fork_join", "fork and join of a thread", figure, None);
    (!has_failed).then_some(())
}

fn of(counts: Counts) -> Figure {
    let mut counts = counts.into_iter();
    Figure::of_runs(|| counts.next().unwrap_or(i64::MAX))
}

/// Each run for a round, from what the counter said before it.
fn each(before: u64) -> i64 {
    (instructions().wrapping_sub(before) * 100 / ROUNDS) as i64
}

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

async fn wake_and_poll() -> Counts {
    waker().await;
    let mut counts = Counts::default();
    for count in &mut counts {
        let before = instructions();
        waker().await;
        *count = each(before);
    }
    counts
}

/// What of that is the future's own.
fn own() -> i64 {
    let mut context = Context::from_waker(Waker::noop());
    let mut future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async { waker().await });
    let before = instructions();
    while black_box(&mut future).as_mut().poll(&mut context).is_pending() {}
    each(before)
}

/// Sends back what comes.
async fn echo(mut from: Receiver<u64>, mut to: Sender<u64>) {
    while let Ok(number) = from.recv().await {
        if to.send(number).await.is_err() {
            return;
        }
    }
}

async fn call(mut to: Sender<u64>, mut from: Receiver<u64>) -> Option<Counts> {
    let mut counts: [i64; RUNS + 1] = array::from_fn(|_| 0);
    for count in &mut counts {
        let before = instructions();
        for number in 0..ROUNDS {
            let is_sent = to.send(number).await.is_ok();
            if !is_sent || from.recv().await != Ok(number) {
                return None;
            }
        }
        *count = each(before);
    }
    // The first has begun the others.
    let [_, counts @ ..] = counts;
    Some(counts)
}
