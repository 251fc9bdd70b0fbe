//! Drive: what is done to the bees, and the account at the end.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

use spindle_clock::now_ns;
use spindle_console::Console;
use spindle_event::cores;
use spindle_scheduler::OfficeError;
use spindle_strand::{Me, Priority, Strand, StrandError};

use crate::Flight;
use crate::bee::Bee;
use crate::random::Random;
use crate::rota::Rota;

const MS: u64 = 1_000_000;
const S: u64 = 1000 * MS;
/// How long after the end every token must be taken.
const PATIENCE_NS: u64 = 20 * S;

/// What was done.
#[derive(Default)]
struct Sum {
    given: u64,
    taken: u64,
    ended: u64,
    blocked: u64,
    lost: u64,
    offices: u64,
}

/// Why the swarm does not fly on.
enum Failure {
    Strand(StrandError),
    Office(OfficeError),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strand(error) => error.fmt(out),
            Self::Office(error) => error.fmt(out),
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { given, taken, ended, blocked, lost, offices } = self;
        write!(
            out,
            "{given} wake-ups, {taken} of them of who lives, {ended} ended, {blocked} blocked, {offices} changes of office, {lost} lost"
        )
    }
}

/// Begins the strand that drives.
pub(crate) fn begin(console: &Console, flight: Flight) {
    let own = console.clone();
    let drives = move |me: &mut Me| {
        let Flight { seed, seconds, strands } = flight;
        match drive(me, flight) {
            Ok(sum) => {
                let _ = writeln!(own, "swarm: seed {seed}, {strands} strands, {seconds} s: {sum}");
            }
            Err(error) => {
                let _ = writeln!(own, "swarm: {error}");
            }
        }
        let _ = writeln!(own, "swarm: over");
    };
    if let Err(error) = Strand::build().name("swarm").priority(Priority::HIGHEST).start(drives) {
        let _ = writeln!(console, "swarm: {error}");
    }
}

fn drive(me: &mut Me, flight: Flight) -> Result<Sum, Failure> {
    let mut random = Random::new(flight.seed);
    let mut bees = Vec::new();
    for _ in 0..flight.strands {
        bees.push(Bee::begin(random.next()).map_err(Failure::Strand)?);
    }
    let mut rota = Rota::new().map_err(Failure::Office)?;
    let is_over = Arc::new(AtomicBool::new(false));
    let beside = nag(&bees, flight.seed, &is_over);
    let until = now_ns() + flight.seconds * S;
    let mut sum = Sum::default();
    while now_ns() < until {
        for _ in 0..64 {
            act(&mut random, &mut bees, &mut sum).map_err(Failure::Strand)?;
        }
        if random.below(64) == 0 {
            rota.turn(&mut random, me.strand()).map_err(Failure::Office)?;
        }
        me.sleep_until(now_ns() + MS / 4);
    }
    sum.offices = rota.changes;
    is_over.store(true, Ordering::Release);
    for strand in &beside {
        let _ = me.wait_for_end(strand);
    }
    settle(me, &bees, &mut sum);
    rota.end();
    for bee in &bees {
        let _ = bee.strand.end();
    }
    for bee in &bees {
        let _ = me.wait_for_end(&bee.strand);
    }
    Ok(sum)
}

/// One deed to one bee.
fn act(random: &mut Random, bees: &mut [Bee], sum: &mut Sum) -> Result<(), StrandError> {
    let at = random.below(bees.len());
    let Some(bee) = bees.get_mut(at) else { return Ok(()) };
    match random.below(32) {
        0 => {
            let _ = bee.strand.end();
            *bee = Bee::begin(random.next())?;
            sum.ended += 1;
        }
        1 => {
            bee.strand.block();
            sum.blocked += 1;
        }
        2 => {
            let priority = Priority::new(random.below(31) as u8).unwrap_or_default();
            let _ = bee.strand.set_priority(priority);
        }
        _ => {
            bee.give();
            sum.given += 1;
        }
    }
    Ok(())
}

/// On each core a strand that wakes and blocks those bees that there were at first, without tokens: wake-ups for nothing.
fn nag(bees: &[Bee], seed: u64, is_over: &Arc<AtomicBool>) -> Vec<Strand> {
    let strands: Vec<Strand> = bees.iter().map(|bee| bee.strand).collect();
    let begin = |core: spindle_event::CoreId| {
        let (strands, is_over) = (strands.clone(), is_over.clone());
        let mut random = Random::new(seed + core.index() as u64);
        let body = move |me: &mut Me| {
            while !is_over.load(Ordering::Acquire) {
                for _ in 0..16 {
                    let at = random.below(strands.len());
                    strands.get(at).inspect(|strand| strand.unblock());
                }
                me.sleep_until(now_ns() + MS);
            }
        };
        Strand::build().name("nag").on(core).priority(Priority::HIGHEST).start(body).ok()
    };
    cores::online().filter_map(begin).collect()
}

/// Whoever was blocked by another is unblocked once; then each token has to be taken.
fn settle(me: &mut Me, bees: &[Bee], sum: &mut Sum) {
    bees.iter().for_each(|bee| bee.strand.unblock());
    let until = now_ns() + PATIENCE_NS;
    while now_ns() < until && bees.iter().any(|bee| bee.left() > 0) {
        me.sleep_until(now_ns() + 5 * MS);
    }
    sum.lost = bees.iter().map(Bee::left).sum();
    sum.taken = bees.iter().map(Bee::taken).sum();
}
