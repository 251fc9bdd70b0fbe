//! usurper: schedulers that do what none may.
//!
//! `raise usurp WAY` begins some strands on one core and takes the office there with a scheduler that fails in that way. When all the strands
//! have come to their end all the same, it says so, and that the scheduler gets no office again.
#![no_std]

extern crate alloc;

mod way;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::str::FromStr;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, CoreId, Event, Owner, cores};
use spindle_scheduler::{Candidate, Promise};
use spindle_strand::{Me, Strand};

use way::{Bad, Way};

extension! { name: "usurper", init: init }

static OWNER: Owner = Owner::new();

/// Raised to have a scheduler fail.
static USURP: Event<Wanted> = Event::new("usurp", &OWNER);

/// How it is to fail.
struct Wanted(alloc::string::String);

impl FromStr for Wanted {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().into()))
    }
}

/// How many strands there are, and how many turns each takes.
const STRANDS: u64 = 5;
const TURNS: u64 = 40;

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let _: Binding = USURP.owned(&OWNER)?.install(move |wanted: &Wanted| usurp(&console, &wanted.0))?;
    me.open("usurp", &USURP)?;
    Ok(())
}

fn usurp(console: &Console, wanted: &str) {
    let Some(way) = Way::ALL.into_iter().find(|way| way.name() == wanted) else {
        let _ = writeln!(console, "usurper: no way is called `{wanted}`");
        return;
    };
    // The last core: the shell is on the first, if there are several.
    let core = cores::online().last().unwrap_or(CoreId::FIRST);
    let turns = Arc::new(AtomicU64::new(0));
    let candidate = match Candidate::stand(way.name(), Promise::TickEach, Bad::new(way)) {
        Ok(candidate) => candidate,
        Err(error) => {
            let _ = writeln!(console, "usurper: {error}");
            return;
        }
    };
    let told = console.clone();
    let begun = Strand::build().name("witness").on(core).start(move |me| {
        let strands: Vec<Strand> = (0..STRANDS).filter_map(|_| begin(core, way, turns.clone())).collect();
        if let Err(error) = candidate.take(Some(core)) {
            let _ = writeln!(told, "usurper: {error}");
        }
        for strand in &strands {
            let _ = me.wait_for_end(strand);
        }
        let taken = turns.load(Ordering::Relaxed);
        let again = candidate.take(Some(core));
        let is_all = taken == STRANDS * TURNS;
        let _ = writeln!(told, "usurper: {}: all {taken} turns were taken ({is_all})", way.name());
        let _ = match again {
            Ok(()) => writeln!(told, "usurper: {}: it has the office (false)", way.name()),
            Err(error) => writeln!(told, "usurper: {}: {error} (true)", way.name()),
        };
        candidate.withdraw();
        let _ = writeln!(told, "usurper: {}: over", way.name());
    });
    if let Err(error) = begun {
        let _ = writeln!(console, "usurper: {error}");
    }
}

/// A strand that takes its turns: it yields, sleeps or computes in each.
fn begin(core: CoreId, way: Way, turns: Arc<AtomicU64>) -> Option<Strand> {
    let work = move |me: &mut Me| {
        for turn in 0..TURNS {
            match turn % 4 {
                0 => me.sleep_until(spindle_clock::now_ns() + 300_000),
                // Long enough to keep all others waiting too long, if nobody else is named meanwhile.
                1 if way == Way::Starves && turn > TURNS / 2 => compute_ms(100),
                1 => compute_ms(1),
                _ => me.yield_now(),
            }
            turns.fetch_add(1, Ordering::Relaxed);
        }
    };
    Strand::build().name("subject").on(core).stack_bytes(8 << 10).start(work).ok()
}

fn compute_ms(ms: u64) {
    let until_ns = spindle_clock::now_ns() + ms * 1_000_000;
    while spindle_clock::now_ns() < until_ns {
        cores::relax();
    }
}
