//! Threads begin, and are joined.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use spindle_event::cores;
use spindle_measure::{instructions, ticks_count_instructions};
use spindle_strand::{Me, Strand, StrandError};
use threads_interface::{Builder, JoinError, sleep, spawn, tally};

use crate::{Claims, ms};

/// What a thread may cost more than a strand, in instructions.
const ADDED: u64 = 1000;

/// Counts that it was dropped.
struct Mark(Arc<AtomicU32>);

impl Drop for Mark {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

pub(crate) fn join(me: &mut Me, claims: &Claims) {
    let before = tally();
    let threads: Vec<_> = (0..8_u64).filter_map(|number| spawn(move |_| number * number).ok()).collect();
    let values: Vec<_> = threads.into_iter().map(|thread| thread.join(me)).collect();
    let squares: Vec<_> = (0..8).map(|number| Ok(number * number)).collect();
    claims.claim("each gives its own value", values == squares);
    let boxed = spawn(|me| {
        sleep(me, ms(10));
        Box::new([7_u8; 100])
    });
    let Ok(boxed) = boxed else { return claims.claim("a thread begins", false) };
    claims.claim("who sleeps has not finished", !boxed.is_finished());
    claims.claim("a value with memory of its own comes whole", boxed.join(me) == Ok(Box::new([7; 100])));
    panics(me, claims);
    detached(me, claims);
    let itself = spawn(|me: &mut Me| me.wait_for_end(&me.strand())).map(|thread| thread.join(me));
    claims.claim("nobody waits for itself", itself == Ok(Ok(Err(StrandError::Itself))));
    let after = tally();
    claims.claim("all of them are counted", after.begun - before.begun == 12);
    claims.claim("and none is left", after.running == before.running);
}

fn panics(me: &mut Me, claims: &Claims) {
    let drops = Arc::new(AtomicU32::new(0));
    let mark = Mark(drops.clone());
    let panicker = spawn(move |me: &mut Me| {
        let _mark = mark;
        me.yield_now();
        if drops_are_expected() {
            panic!("a thread panics");
        }
    });
    let Ok(panicker) = panicker else { return claims.claim("a thread begins", false) };
    let strand = panicker.strand();
    claims.claim(
        "of one that panics there is an error",
        panicker.join(me) == Err(JoinError::Panicked { strand }),
    );
    claims.claim("its destructors have run", drops.load(Ordering::Acquire) == 1);
}

/// Always; the compiler does not know.
fn drops_are_expected() -> bool {
    core::hint::black_box(true)
}

fn detached(me: &mut Me, claims: &Claims) {
    let drops = Arc::new(AtomicU32::new(0));
    let mark = Mark(drops.clone());
    let thread = spawn(move |me| {
        sleep(me, ms(5));
        mark
    });
    drop(thread);
    claims.claim("one that is detached runs on", drops.load(Ordering::Acquire) == 0);
    sleep(me, ms(50));
    claims.claim("and what it gives is dropped", drops.load(Ordering::Acquire) == 1);
}

/// Threads that are told to end.
pub(crate) fn told(me: &mut Me, claims: &Claims) {
    let before = tally().running;
    let sleeper = spawn(|me| sleep(me, ms(100_000)));
    let computer = spawn(|_| {
        loop {
            core::hint::spin_loop();
        }
    });
    let (Ok(sleeper), Ok(computer)) = (sleeper, computer) else {
        return claims.claim("two threads begin", false);
    };
    sleep(me, ms(20));
    claims.claim("two more run", tally().running == before + 2);
    let strand = sleeper.strand();
    claims.claim("one that sleeps is told", sleeper.end().is_ok());
    claims.claim("and ends", sleeper.join(me) == Err(JoinError::Ended { strand }));
    let strand = computer.strand();
    claims.claim("one that computes is told", computer.end().is_ok());
    let ended: Result<(), _> = computer.join(me);
    claims.claim("and ends, without its destructors", ended == Err(JoinError::Ended { strand }));
    claims.claim("both are counted as over", tally().running == before);
}

/// What it costs to begin and join a thread that does nothing, on the same core, and a strand.
pub(crate) fn cost(me: &mut Me, claims: &Claims) {
    let core = cores::current();
    // One that stays on its core, whose count it reads.
    let measured = Builder::new().core(core).spawn(|me: &mut Me| (thread_cost(me), strand_cost(me)));
    let measured = measured.map(|thread| thread.join(me));
    let Ok(Ok((Some(thread), Some(strand)))) = measured else {
        return claims.claim("a thread is joined", false);
    };
    // Elsewhere the count has the emulator's own part.
    let is_cheap = !ticks_count_instructions() || thread < strand + ADDED;
    claims.claim(format_args!("fork and join take {thread} instructions, {strand} the kernel's"), is_cheap);
}

fn thread_cost(me: &mut Me) -> Option<u64> {
    let core = cores::current();
    let mut least = u64::MAX;
    for _ in 0..64 {
        let before = instructions();
        Builder::new().core(core).spawn(|_| ()).ok()?.join(me).ok()?;
        least = least.min(instructions().wrapping_sub(before));
    }
    Some(least)
}

fn strand_cost(me: &mut Me) -> Option<u64> {
    let core = cores::current();
    let mut least = u64::MAX;
    for _ in 0..64 {
        let before = instructions();
        let strand = Strand::build().on(core).start(|_| ()).ok()?;
        me.wait_for_end(&strand).ok()?;
        least = least.min(instructions().wrapping_sub(before));
    }
    Some(least)
}
