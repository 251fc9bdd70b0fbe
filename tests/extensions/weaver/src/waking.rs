//! Who waits, and is woken.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use spindle_clock::now_ns;
use spindle_event::cores;
use spindle_reader::Reader;
use spindle_strand::{Me, State, Strand, StrandError, Wakeup};

use crate::Claims;

const MS: u64 = 1_000_000;

pub(crate) fn ends(me: &mut Me, claims: &Claims) {
    let ran = Arc::new(AtomicU32::new(0));
    let mark = ran.clone();
    let begun = Strand::build().name("short").start(move |_| mark.store(1, Ordering::Release));
    let Ok(strand) = begun else { return claims.claim("a strand begins", false) };
    claims.claim(
        "who waits for an end has it",
        me.wait_for_end(&strand).is_ok() && ran.load(Ordering::Acquire) == 1,
    );
    claims.claim("what has ended says so", strand.state() == State::Ended);
    let ended = Err(StrandError::Ended { strand: strand.number() });
    claims.claim("nothing is done with it", strand.end() == ended);
    strand.unblock();
    strand.block();
    claims.claim("its memory was given to the next", Arc::strong_count(&ran) == 1);
    claims.claim("nobody waits for himself", me.wait_for_end(&me.strand()) == Err(StrandError::Itself));
}

pub(crate) fn ping(me: &mut Me, claims: &Claims) {
    const ROUNDS: u32 = 1000;
    let count = Arc::new(AtomicU32::new(0));
    let (pinger, counted) = (me.strand(), count.clone());
    let begun = Strand::build().name("pong").start(move |me| {
        for _ in 0..ROUNDS {
            while counted.load(Ordering::Acquire) % 2 == 0 {
                me.block();
            }
            counted.fetch_add(1, Ordering::Release);
            pinger.unblock();
        }
    });
    let Ok(ponger) = begun else { return claims.claim("a strand begins", false) };
    for _ in 0..ROUNDS {
        count.fetch_add(1, Ordering::Release);
        ponger.unblock();
        while count.load(Ordering::Acquire) % 2 == 1 {
            me.block();
        }
    }
    claims.claim("every ball came back", count.load(Ordering::Acquire) == 2 * ROUNDS);
    claims.claim("the other one ends", me.wait_for_end(&ponger).is_ok());
}

pub(crate) fn permit(me: &mut Me, claims: &Claims) {
    me.strand().unblock();
    me.strand().unblock();
    me.block();
    claims.claim("a wake-up before the block is not lost", true);
    let before = now_ns();
    let wakeup = me.block_until(before + 5 * MS);
    claims.claim("two of them are one", wakeup == Wakeup::TimedOut && now_ns() >= before + 5 * MS);
}

pub(crate) fn halt(me: &mut Me, claims: &Claims) {
    let count = Arc::new(AtomicU64::new(0));
    let counted = count.clone();
    let begun = Strand::build().name("counter").on(cores::current()).start(move |me| {
        loop {
            counted.fetch_add(1, Ordering::Relaxed);
            me.yield_now();
        }
    });
    let Ok(counter) = begun else { return claims.claim("a strand begins", false) };
    let counts = || count.load(Ordering::Relaxed);
    claims.claim("it counts", eventually(me, || counts() > 0));
    counter.block();
    let is_blocked = eventually(me, || counter.state() == State::Blocked);
    let before = counts();
    me.sleep_until(now_ns() + 5 * MS);
    claims.claim("who was blocked by another stands still", is_blocked && counts() == before);
    counter.unblock();
    claims.claim("and goes on when it is unblocked", eventually(me, || counts() > before));
    claims.claim("and ends when it is told to", counter.end().is_ok() && me.wait_for_end(&counter).is_ok());
}

/// Whether it holds within five seconds: for what another core does when its host lets it.
fn eventually(me: &mut Me, holds: impl Fn() -> bool) -> bool {
    let until = now_ns() + 5000 * MS;
    while !holds() && now_ns() < until {
        me.sleep_until(now_ns() + MS);
    }
    holds()
}

pub(crate) fn sleep(me: &mut Me, claims: &Claims) {
    let order = Arc::new(AtomicU64::new(0));
    let start = now_ns() + 20 * MS;
    // The last to begin is the first to wake.
    let sleepers: [_; 5] = core::array::from_fn(|number| {
        let order = order.clone();
        let at_ns = start + (5 - number as u64) * 5 * MS;
        Strand::build().name("sleeper").start(move |me| {
            me.sleep_until(at_ns);
            let is_late = now_ns() >= at_ns;
            let digit = if is_late { number as u64 + 1 } else { 9 };
            let _ = order.fetch_update(Ordering::AcqRel, Ordering::Acquire, |seen| Some(seen * 10 + digit));
        })
    });
    for sleeper in sleepers.iter().flatten() {
        let _ = me.wait_for_end(sleeper);
    }
    let seen = order.load(Ordering::Acquire);
    // In which order says how the host lets the machine run, too.
    let is_each = (1..=5).all(|digit| (0..5).any(|place| seen / 10_u64.pow(place) % 10 == digit));
    claims.claim(format_args!("each of five sleepers wakes, and none too early: {seen}"), is_each);
    let next = now_ns() + 3 * MS;
    let mut at_ns = next;
    let mut is_on_time = true;
    for _ in 0..20 {
        me.sleep_until(at_ns);
        is_on_time &= now_ns() >= at_ns;
        at_ns += 3 * MS;
    }
    claims.claim("who sleeps until absolute times wakes at none too early", is_on_time);
}

/// A strand blocks until something is typed, which nobody else sees.
pub(crate) fn reads(me: &mut Me, claims: &Claims) {
    let told = claims.clone();
    let reads = move |reader: &mut Reader, me: &mut Me| {
        let (mut line, mut room) = (Vec::new(), [0; 7]);
        let _ = writeln!(told.console, "weaver: reads: it listens");
        while line.last() != Some(&b'\r') {
            match reader.read(me, &mut room) {
                Ok(count) => line.extend(room.iter().take(count)),
                Err(error) => return told.claim(error, false),
            }
        }
        told.claim("it reads what is typed", line == b"unload weaver\r");
        told.claim("nothing is lost", reader.lost() == Ok(0));
    };
    match Reader::start(Strand::build().name("reader"), reads) {
        Ok(reader) => {
            let _ = me.wait_for_end(&reader);
        }
        Err(error) => claims.claim(error, false),
    }
    // As the shell does, which has not been asked meanwhile, and listens again.
    let _ = claims.console.write_str("spindle> ");
}
