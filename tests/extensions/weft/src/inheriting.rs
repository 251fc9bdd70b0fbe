//! Who holds a lock is as urgent as who waits for it.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};

use spindle_clock::now_ns;
use spindle_event::{CoreId, cores};
use spindle_strand::{Me, Priority};
use threads_interface::{Builder, JoinHandle, Mutex, sleep};

use crate::{Claims, ms};

/// How long who is in the middle computes, if nobody is more urgent.
const COMPUTES_NS: u64 = 400_000_000;
/// How long who is urgent waits at most for one that holds a lock for a few milliseconds.
const BOUND_NS: u64 = 200_000_000;

const LOW: Priority = Priority::NORMAL;
const MEDIUM: Priority = LOW.higher();
const HIGH: Priority = MEDIUM.higher();

/// Stays in this extension's code for a while: only there a strand is set aside.
fn compute() {
    for count in 0..10_000_u32 {
        core::hint::black_box(count);
    }
}

/// One that computes, between those that share a lock.
fn medium(core: CoreId, is_over: &Arc<AtomicBool>) -> Option<JoinHandle<()>> {
    let is_over = is_over.clone();
    let body = move |_: &mut Me| {
        let end = now_ns() + COMPUTES_NS;
        while now_ns() < end && !is_over.load(Ordering::Relaxed) {
            compute();
        }
    };
    Builder::new().name("medium").core(core).priority(MEDIUM).spawn(body).ok()
}

/// One that is urgent, and takes the lock; how long that took.
fn high(core: CoreId, lock: &Arc<Mutex<u32>>) -> Option<JoinHandle<Option<u64>>> {
    let lock = lock.clone();
    let body = move |me: &mut Me| {
        let before = now_ns();
        let guard = lock.lock(me).ok()?;
        drop(guard);
        Some(now_ns() - before)
    };
    Builder::new().name("high").core(core).priority(HIGH).spawn(body).ok()
}

/// Says whether the urgent one had to wait for no longer than is right.
fn judge(me: &mut Me, claims: &Claims, waited: Option<JoinHandle<Option<u64>>>) {
    let waited = waited.and_then(|high| high.join(me).ok().flatten());
    let waited_ms = waited.map(|ns| ns / 1_000_000);
    claims.claim(
        format_args!("the urgent one waits for {waited_ms:?} ms"),
        waited.is_some_and(|ns| ns < BOUND_NS),
    );
}

/// The holder sleeps when somebody urgent comes to wait; when it wakes, it goes before who computes.
pub(crate) fn inherit(me: &mut Me, claims: &Claims) {
    let core = cores::current();
    let lock = Arc::new(Mutex::new(0));
    let shared = lock.clone();
    let low = Builder::new().name("low").core(core).priority(LOW).spawn(move |me: &mut Me| {
        let guard = shared.lock(me);
        sleep(me, ms(40));
        let lent = me.strand().priority();
        drop(guard);
        (lent.ok(), me.strand().priority().ok())
    });
    sleep(me, ms(10));
    let is_over = Arc::new(AtomicBool::new(false));
    // Before the one in the middle, which leaves no core to this strand.
    let waits = high(core, &lock);
    let computes = medium(core, &is_over);
    judge(me, claims, waits);
    is_over.store(true, Ordering::Relaxed);
    let priorities = low.map(|low| low.join(me));
    claims.claim("the holder was as urgent", matches!(priorities, Ok(Ok((Some(HIGH), _)))));
    claims.claim("and is not any more", matches!(priorities, Ok(Ok((_, Some(LOW))))));
    claims.claim("who computes ends", computes.is_some_and(|computes| computes.join(me).is_ok()));
}

/// The holder waits itself, for one that is less urgent.
pub(crate) fn chain(me: &mut Me, claims: &Claims) {
    let core = cores::current();
    let (first, second) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
    let shared = first.clone();
    let low = Builder::new().name("low").core(core).priority(LOW).spawn(move |me: &mut Me| {
        let guard = shared.lock(me);
        sleep(me, ms(40));
        let lent = me.strand().priority();
        drop(guard);
        (lent.ok(), me.strand().priority().ok())
    });
    sleep(me, ms(5));
    let (inner, outer) = (first.clone(), second.clone());
    let between = Builder::new().name("between").core(core).priority(LOW).spawn(move |me: &mut Me| {
        let both = (outer.lock(me), inner.lock(me));
        drop(both);
    });
    sleep(me, ms(5));
    let is_over = Arc::new(AtomicBool::new(false));
    let waits = high(core, &second);
    let computes = medium(core, &is_over);
    judge(me, claims, waits);
    is_over.store(true, Ordering::Relaxed);
    let priorities = low.map(|low| low.join(me));
    claims.claim("the last of the chain was as urgent", matches!(priorities, Ok(Ok((Some(HIGH), _)))));
    claims.claim("and is not any more", matches!(priorities, Ok(Ok((_, Some(LOW))))));
    let ends = between.is_ok_and(|between| between.join(me).is_ok());
    claims.claim("all end", ends && computes.is_some_and(|computes| computes.join(me).is_ok()));
}

/// The holder computes, and was set aside for who is in the middle, when somebody urgent comes to wait.
pub(crate) fn aside(me: &mut Me, claims: &Claims) {
    let core = cores::current();
    let lock = Arc::new(Mutex::new(0));
    let shared = lock.clone();
    let low = Builder::new().name("low").core(core).priority(LOW).spawn(move |me: &mut Me| {
        let guard = shared.lock(me);
        let end = now_ns() + 30_000_000;
        while now_ns() < end {
            compute();
        }
        drop(guard);
    });
    let starter = lock.clone();
    let started = Builder::new().name("starter").core(core).priority(HIGH).spawn(move |me: &mut Me| {
        sleep(me, ms(10));
        let is_over = Arc::new(AtomicBool::new(false));
        let computes = medium(core, &is_over);
        sleep(me, ms(5));
        let before = now_ns();
        drop(starter.lock(me).ok()?);
        let waited = now_ns() - before;
        is_over.store(true, Ordering::Relaxed);
        computes?.join(me).ok()?;
        Some(waited)
    });
    judge(me, claims, started.ok());
    claims.claim("the holder ends", low.is_ok_and(|low| low.join(me).is_ok()));
}
