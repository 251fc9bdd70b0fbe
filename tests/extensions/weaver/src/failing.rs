//! Who fails, and who is told to end.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hint::black_box;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use spindle_clock::now_ns;
use spindle_event::Event;
use spindle_strand::{Me, State, Strand, StrandError};

use crate::Claims;

const MS: u64 = 1_000_000;

/// Counts that it was dropped.
struct Mark(Arc<AtomicU32>);

impl Drop for Mark {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

pub(crate) fn panics(me: &mut Me, claims: &Claims) {
    let drops = Arc::new(AtomicU32::new(0));
    let mark = Mark(drops.clone());
    let begun = Strand::build().name("panicker").start(move |me| {
        let _mark = mark;
        me.yield_now();
        panic!("a strand panics");
    });
    let Ok(panicker) = begun else { return claims.claim("a strand begins", false) };
    claims.claim("who waits for its end goes on", me.wait_for_end(&panicker).is_ok());
    claims.claim("its destructors have run", drops.load(Ordering::Acquire) == 1);
}

/// Notes whether it was dropped since somebody is given up; before that, if it has something to raise, it does.
struct Witness {
    raises: Option<&'static Event<u8>>,
    seen: Arc<AtomicU32>,
}

impl Drop for Witness {
    fn drop(&mut self) {
        if let Some(event) = self.raises {
            event.raise(&0);
        }
        if Strand::is_current_given_up() {
            self.seen.fetch_add(1, Ordering::AcqRel);
        }
    }
}

static FAILS: Event<u8> = Event::new("weaver-fails", &crate::OWNER);

/// What fails in a destructor of somebody who is given up ends nothing but itself: he still is.
pub(crate) fn nested(me: &mut Me, claims: &Claims) {
    let fails = FAILS.owned(&crate::OWNER).map(|owned| owned.install(|_| panic!("in a destructor's raise")));
    claims.claim("a handler that fails is installed", matches!(fails, Ok(Ok(_))));
    let seen = Arc::new(AtomicU32::new(0));
    let witness = |raises| Witness { raises, seen: seen.clone() };
    // Dropped in this order's reverse.
    let held = (witness(None), witness(Some(&FAILS)), witness(None));
    let begun = Strand::build().name("nested").start(move |_| {
        let (_last, _second, _first) = held;
        panic!("and its destructors go on");
    });
    let Ok(strand) = begun else { return claims.claim("a strand begins", false) };
    claims.claim("who waits for its end goes on", me.wait_for_end(&strand).is_ok());
    claims.claim("all three were told that it is given up", seen.load(Ordering::Acquire) == 3);
}

pub(crate) fn overflows(me: &mut Me, claims: &Claims) {
    let begun = Strand::build().name("digger").stack_bytes(8 << 10).start(|_| {
        black_box(dig(black_box(1)));
    });
    let Ok(digger) = begun else { return claims.claim("a strand begins", false) };
    claims.claim("who waits for its end goes on", me.wait_for_end(&digger).is_ok());
}

#[expect(unconditional_recursion, reason = "it is to fill the stack")]
fn dig(depth: u64) -> u64 {
    let room = black_box([depth; 32]);
    dig(depth + 1) + room[7]
}

/// Those that are told to end do, whatever they do.
pub(crate) fn told(me: &mut Me, claims: &Claims) {
    let drops = Arc::new(AtomicU32::new(0));
    let bodies: [(&'static str, Box<dyn FnOnce(&mut Me) + Send>); 3] = [
        (
            "blocked",
            Box::new(|me: &mut Me| {
                loop {
                    me.block()
                }
            }),
        ),
        (
            "yielding",
            Box::new(|me: &mut Me| {
                loop {
                    me.yield_now()
                }
            }),
        ),
        (
            "computing",
            Box::new(|_: &mut Me| {
                loop {
                    core::hint::spin_loop()
                }
            }),
        ),
    ];
    for (name, body) in bodies {
        let mark = Mark(drops.clone());
        let begun = Strand::build().name(name).start(move |me| {
            let _mark = mark;
            body(me);
        });
        let Ok(strand) = begun else { return claims.claim("a strand begins", false) };
        me.sleep_until(now_ns() + 30 * MS);
        let had = drops.load(Ordering::Acquire);
        let is_alive = strand.state() != State::Ended && had == drops.load(Ordering::Acquire);
        let has_ended = strand.end().is_ok() && me.wait_for_end(&strand).is_ok();
        claims.claim(format_args!("one that is {name} ends"), is_alive && has_ended);
        // What computes stands at any instruction: nothing of it is cleaned up.
        let dropped = drops.load(Ordering::Acquire) - had;
        claims.claim(
            format_args!("{name}: destructors run: {dropped}"),
            dropped == u32::from(name != "computing"),
        );
    }
    let begun = Strand::build().name("never").start(|_| ());
    let ended = begun.map(|strand| strand.end().is_ok() || strand.state() == State::Ended);
    claims.claim("one that has not begun ends", ended == Ok(true));
}

/// As many as there can be: then there are no more of this domain's, and all goes on.
pub(crate) fn bombs(me: &mut Me, claims: &Claims) {
    let mut all = Vec::new();
    let refused = loop {
        let begun = Strand::build().name("bomb").stack_bytes(8 << 10).start(|me| {
            loop {
                me.block();
            }
        });
        match begun {
            Ok(strand) => all.push(strand),
            Err(error) => break error,
        }
    };
    let is_quota = matches!(refused, StrandError::OverQuota { .. });
    claims.claim(format_args!("after {} more: {refused}", all.len()), is_quota && all.len() > 1000);
    for strand in &all {
        let _ = strand.end();
    }
    let are_gone = all.iter().all(|strand| me.wait_for_end(strand).is_ok());
    claims.claim("all of them end", are_gone && all.iter().all(|strand| strand.state() == State::Ended));
    let again = Strand::start(|_| ());
    claims.claim("then one begins again", again.is_ok_and(|strand| me.wait_for_end(&strand).is_ok()));
}

/// Some that stay, for the domain's end.
pub(crate) fn stays(me: &mut Me, claims: &Claims) {
    let is_on = Arc::new(AtomicBool::new(true));
    let on = is_on.clone();
    let all = [
        Strand::build().name("sleeps").start(|me| me.sleep_until(u64::MAX)),
        Strand::build().name("waits").start(|me| {
            loop {
                me.block()
            }
        }),
        Strand::build().name("yields").start(|me| {
            loop {
                me.yield_now()
            }
        }),
        Strand::build().name("computes").start(move |_| while on.load(Ordering::Relaxed) {}),
    ];
    me.sleep_until(now_ns() + 10 * MS);
    claims.claim("all of them stay", all.iter().flatten().all(|strand| strand.state() != State::Ended));
}
