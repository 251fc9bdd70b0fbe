//! Values that each thread has for itself.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use spindle_strand::Me;
use threads_interface::{Barrier, Local, sleep, spawn, yield_now};

use crate::{Claims, ms};

static MADE: AtomicU32 = AtomicU32::new(0);
static DROPPED: AtomicU32 = AtomicU32::new(0);

/// Counts that it was made, and that it was dropped.
struct Counted(u32);

impl Counted {
    fn new() -> Self {
        MADE.fetch_add(1, Ordering::AcqRel);
        Self(0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::AcqRel);
    }
}

static COUNT: Local<Counted> = Local::new(Counted::new);
static MEET: Barrier = Barrier::new(4);

pub(crate) fn local(me: &mut Me, claims: &Claims) {
    let counts = || (MADE.load(Ordering::Acquire), DROPPED.load(Ordering::Acquire));
    let before = counts();
    let threads: Vec<_> = (1..=4)
        .filter_map(|number| {
            let body = move |me: &mut Me| {
                for _ in 0..number {
                    let _ = COUNT.with(me, |count| count.0 += 1);
                    yield_now(me);
                }
                let _ = MEET.wait(me);
                COUNT.with(me, |count| count.0) == Ok(number)
            };
            spawn(body).ok()
        })
        .collect();
    let all = threads.into_iter().fold(true, |all, thread| all & (thread.join(me) == Ok(true)));
    claims.claim("each has its own", all);
    let after = counts();
    claims.claim("one was made for each", after.0 - before.0 == 4);
    claims.claim("and was dropped at its end", after.1 - before.1 == 4);
    let panicker = spawn(|me: &mut Me| {
        let _ = COUNT.with(me, |count| count.0 += 1);
        if core::hint::black_box(true) {
            panic!("a thread with a value panics");
        }
    });
    let _ = panicker.map(|panicker| panicker.join(me));
    claims.claim("also of one that panics", counts().1 - before.1 == 5);
    let ended = spawn(|me: &mut Me| {
        let _ = COUNT.with(me, |count| count.0 += 1);
        sleep(me, ms(100_000));
    });
    sleep(me, ms(10));
    let _ = ended.map(|ended| ended.end().map(|()| ended.join(me)));
    claims.claim("and of one that is told to end", counts().1 - before.1 == 6);
    let in_use = COUNT.with(me, |_| COUNT.with(me, |_| ()).is_err());
    claims.claim("it is not lent twice", in_use == Ok(true));
}
