//! Area `events`: raise, walk, guards, queue, post.

use core::hint::black_box;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use spindle_console::Console;
use spindle_event::{Binding, CoreId, Event, InstallError, cores};
use spindle_measure::{PROBE, Queue, SETUP, Setup};

use crate::figure::Figure;
use crate::{OWNER, report};

/// Handlers or guards beyond the first in the rows that walk.
const FURTHER: i64 = 10;

pub(crate) fn run(console: &Console) {
    let direct = Figure::of(|| direct(black_box(&7)));
    report(console, "events/direct_call", "call of a function that is not inlined", direct, None);
    raises(console, direct);
    queue(console);
    post(console);
}

/// What a handler does, called without an event in between.
#[inline(never)]
fn direct(number: &u64) {
    black_box(*number);
}

fn raises(console: &Console, direct: Figure) {
    let raise = |unguarded, refusing| {
        let setup = Setup { unguarded, refusing };
        let asked = unguarded + refusing;
        (SETUP.raise(&setup) == asked).then(|| Figure::of(|| PROBE.raise(black_box(&7))))
    };
    let further = FURTHER as usize;
    // Walk beside walk: what entering and leaving one costs is in neither difference.
    let figures = (
        raise(1, 0),
        raise(1 + further, 0),
        raise(1 + 2 * further, 0),
        raise(1, further),
        raise(1, 2 * further),
    );
    let (Some(one), Some(walk), Some(longer), Some(guarded), Some(refused)) = figures else {
        let _ = console.write_str("bench: the handlers are missing; load bench-handlers\n");
        return;
    };
    if SETUP.raise(&Setup { unguarded: 0, refusing: 0 }) != 0 {
        let _ = console.write_str("bench: the handlers do not go\n");
    }
    let row = |id, operation, figure, limit| report(console, id, operation, figure, limit);
    let raise = "raise, one unguarded handler in another domain, over a direct call";
    row("events/raise_unguarded", raise, one.over(direct), Some(6));
    row(
        "events/further_handler",
        "each further unguarded handler, call and return of one that does nothing included",
        longer.over(walk).each(FURTHER),
        Some(10),
    );
    row("events/guarded_walk", "raise with one unguarded handler and ten guards that say no", guarded, None);
    row(
        "events/refusing_guard",
        "each free-form guard that says no",
        refused.over(guarded).each(FURTHER),
        Some(10),
    );
}

/// Rounds through the queue in one go.
const ROUNDS: u64 = 200;

fn queue(console: &Console) {
    let Some(mut queue) = Queue::open() else {
        let _ = console.write_str("bench: someone else has the queue\n");
        return;
    };
    let mut is_complete = true;
    let mut counted = |rounds: fn(&mut Queue, u64) -> Option<u64>| {
        Figure::of_batches(1, || is_complete &= rounds(&mut queue, ROUNDS) == Some(ROUNDS * (ROUNDS - 1) / 2))
    };
    let full = counted(Queue::rounds);
    let empty = counted(Queue::no_rounds);
    // A round without a slot is cheaper than one with: the figure would flatter.
    if is_complete {
        let operation = "inbox push and pop, slot taken and freed, one core";
        report(console, "events/inbox_push_pop", operation, full.over(empty).each(ROUNDS as i64), Some(45));
    }
}

/// Posts in one go: all of a measurement lie in the inbox at once.
const POSTS: u64 = 20;

/// What is posted: how many arrived is all that its handler keeps.
static MAIL: Event<u64> = Event::new("bench-mail", &OWNER);
/// Keeps a core awake until it is let go.
static SPIN: Event<()> = Event::new("bench-spin", &OWNER);
static ARRIVED: AtomicU64 = AtomicU64::new(0);
static SPINNING: AtomicBool = AtomicBool::new(false);
static RELEASED: AtomicBool = AtomicBool::new(false);

fn post(console: &Console) {
    let Some(target) = cores::online().find(|core| *core != cores::current()) else {
        let _ = console.write_str("bench: a post needs a second core\n");
        return;
    };
    let installed = bind_mail();
    let Ok([mail, spin]) = installed else {
        let _ = console.write_str("bench: the events of the post benchmark take no handler\n");
        return;
    };
    if let Some(figure) = post_to_awake(target) {
        report(
            console,
            "events/post_awake",
            "post to an awake core's inbox, sender's side",
            figure,
            Some(60),
        );
    }
    mail.uninstall_soon();
    spin.uninstall_soon();
}

fn bind_mail() -> Result<[Binding; 2], InstallError> {
    let mail = MAIL.owned(&OWNER)?.install(|number| {
        ARRIVED.fetch_add(*number, Ordering::Relaxed);
    })?;
    let spin = SPIN.owned(&OWNER)?.install(|()| {
        SPINNING.store(true, Ordering::Release);
        while !RELEASED.load(Ordering::Acquire) {
            cores::relax();
        }
        SPINNING.store(false, Ordering::Release);
    })?;
    Ok([mail, spin])
}

/// Posts while `target` spins in a handler, so that its inbox is awake and nobody takes anything out.
fn post_to_awake(target: CoreId) -> Option<Figure> {
    RELEASED.store(false, Ordering::Release);
    ARRIVED.store(0, Ordering::Relaxed);
    SPIN.post(target, ()).ok()?;
    while !SPINNING.load(Ordering::Acquire) {
        cores::relax();
    }
    let mut refused = 0;
    let mut sent = 0;
    let mut counted = |post: fn(CoreId) -> bool| {
        Figure::of_batches(POSTS, || {
            sent += 1;
            refused += u64::from(!post(target));
        })
    };
    let full = counted(|target| MAIL.post(target, 1).is_ok());
    let empty = counted(|_| true);
    let sent = sent / 2;
    RELEASED.store(true, Ordering::Release);
    while SPINNING.load(Ordering::Acquire) || ARRIVED.load(Ordering::Relaxed) < sent - refused {
        cores::relax();
    }
    // A refused post is cheaper than one that goes out: the figure would flatter.
    (refused == 0).then(|| full.over(empty))
}
