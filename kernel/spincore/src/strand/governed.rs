//! Governed: the run loop has strands run as a scheduler of an extension's says.
//!
//! ```text
//!   run_one -> announce   who came into the core's queue is kept, and the scheduler is told
//!           -> judge      has it kept somebody waiting for longer than it has promised?
//!           -> choose     it is asked, and what it says is checked against who is kept
//!           -> give       that one runs, and always leaves to here; the scheduler is told how that was
//! ```
//!
//! The scheduler is called between two strands, at the host's own level, as any handler is: it can be set a limit to, and given up. What the kernel
//! acts on is its own list ([`Kept`](super::kept::Kept)). On the first answer that is none the office is over, on all cores, and everybody
//! kept goes to the kernel's own queues.

use super::fall::Fall;
use super::host::{self, Stint};
use super::record::Record;
use super::station::Station;
use super::{offices, preempt, table};
use crate::authority::authority;
use core::ptr;
use core::sync::atomic::Ordering;
use spindle_event::CoreId;
use spindle_event::mailbox::Arrivals;
use spindle_scheduler::{Departure, Heard, Occasion, Turn, hear};
use spindle_strand::Strand;
use spindle_sync::this_core::{self, IrqsMasked};
use spindle_sync::{Activity, End, GRACE};

/// How many are told of in one turn of the run loop.
const AT_ONCE: usize = 64;
const MS_PER_SECOND: u64 = 1000;

/// As [`host::run_one`], on a core that a scheduler has, or had until now.
pub(super) fn run_one(arrivals: &mut Arrivals, station: &'static Station) -> bool {
    let office = station.office();
    if office != station.serves() {
        change(station, office);
        return true;
    }
    let done = match announce(station, office) {
        Ok(true) => match judge(station).and_then(|()| choose(station, office)) {
            Ok(Some((record, at_most_ticks))) => give(arrivals, station, office, record, at_most_ticks),
            Ok(None) => return false,
            Err(fall) => Err(fall),
        },
        Ok(false) => Ok(()),
        Err(fall) => Err(fall),
    };
    if let Err(fall) = done {
        offices::lose(office, fall);
    }
    true
}

/// The core has another scheduler from now on, or the kernel's own: everybody who is kept goes to the queues, whence the new one is told.
fn change(station: &'static Station, office: u64) {
    while let Some(record) = station.kept.pop() {
        station.ready.push(record, record.priority(), End::Back);
    }
    while let Some(record) = station.kept_aside.pop() {
        station.aside.put(record, record.priority(), End::Back);
    }
    station.set_serves(office);
    if office != 0 && say(office, Occasion::Begins).is_err() {
        offices::lose(office, Fall::Silent);
    }
}

/// Tells of those who came; whether these were all.
fn announce(station: &'static Station, office: u64) -> Result<bool, Fall> {
    for _ in 0..AT_ONCE {
        let Some(record) = station.aside.take(0).or_else(|| station.ready.pop()) else { return Ok(true) };
        keep(station, record);
        if let Some(strand) = table::strand_of(record) {
            say(office, Occasion::Ready(strand)).map_err(|_| Fall::Silent)?;
        }
    }
    Ok(false)
}

fn keep(station: &Station, record: &'static Record) {
    record.kept_at_ticks.store(station.ran_ticks.load(Ordering::Relaxed), Ordering::Relaxed);
    station.kept_with(record).push(record);
}

fn say(office: u64, occasion: Occasion) -> Heard {
    hear(authority(), office, CoreId::new(this_core::index()).unwrap_or(CoreId::FIRST), occasion)
}

/// Whether nobody waits for longer than was promised. What counts is the time that others had the core: the scheduler is not to blame for
/// what else it does.
fn judge(station: &Station) -> Result<(), Fall> {
    let ran = station.ran_ticks.load(Ordering::Relaxed);
    let (most, ready) = (station.patience_ticks(), station.kept_count());
    let most = most.unwrap_or_else(|| preempt::turn_ticks().saturating_mul(ready as u64 + 1));
    for first in [station.kept.first(), station.kept_aside.first()].into_iter().flatten() {
        let waited = ran.saturating_sub(first.kept_at_ticks.load(Ordering::Relaxed));
        if waited > most {
            let strand = table::strand_of(first).map_or(0, |strand| strand.number());
            let waited_ms = waited.saturating_mul(MS_PER_SECOND) / this_core::ticks_per_second();
            return Err(Fall::Starved { strand, waited_ms });
        }
    }
    Ok(())
}

/// Who is next, and for how many ticks; nobody if nobody can run. While a grace period is waited for, those who were set aside have every
/// second turn, whatever the scheduler says.
fn choose(station: &Station, office: u64) -> Result<Option<(&'static Record, u64)>, Fall> {
    let ready = station.kept_count();
    if ready == 0 {
        return Ok(None);
    }
    if GRACE.is_wanted()
        && station.switches.load(Ordering::Relaxed).is_multiple_of(2)
        && let Some(aside) = station.kept_aside.first()
    {
        return Ok(Some((aside, preempt::turn_ticks())));
    }
    let Ok(answer) = say(office, Occasion::Pick) else { return Err(Fall::Silent) };
    let Turn { strand, at_most_ns } = answer.ok_or(Fall::Nobody { ready })?;
    let not_ready = Fall::NotReady { strand: strand.number() };
    let record = kept(strand).ok_or(not_ready)?;
    Ok(Some((record, preempt::turn_ticks_of(at_most_ns))))
}

/// The record of a strand that is kept on this core.
fn kept(strand: Strand) -> Option<&'static Record> {
    let record = table::find(strand)?;
    // In the list of this core alone, if its core is this one: who is kept goes nowhere.
    let is_here = record.is_kept.load(Ordering::Relaxed)
        && record.station().is_some_and(|station| ptr::eq(station, Station::here()));
    (is_here && record.parking.number() == table::number(strand)).then_some(record)
}

/// Has `record` run, unless the core has something else to do first.
fn give(
    arrivals: &mut Arrivals,
    station: &'static Station,
    office: u64,
    record: &'static Record,
    at_most_ticks: u64,
) -> Result<(), Fall> {
    let Some(strand) = table::strand_of(record) else { return Ok(()) };
    let is_hosted = record.parking.is_hosted();
    if is_hosted {
        host::say_resume(strand);
    }
    let masked = IrqsMasked::enter();
    if !arrivals.try_sleep() {
        drop(masked);
        if is_hosted {
            host::say_checkpoint(strand);
        }
        return Ok(());
    }
    let began = this_core::ticks();
    // Behind the mark: whoever comes from here on is signalled.
    let departure = if station.ready.highest().is_some() {
        None
    } else {
        station.kept_with(record).remove(record);
        Some(run(station, record, strand, at_most_ticks))
    };
    let ran = this_core::ticks().saturating_sub(began);
    count(station, ran);
    // Before anybody is told, so that it is somebody's whatever becomes of that.
    if departure == Some(Departure::Preempted) {
        keep(station, record);
    }
    arrivals.awake();
    drop(masked);
    if is_hosted {
        host::say_checkpoint(strand);
    }
    let Some(departure) = departure else { return Ok(()) };
    let ran_ns = spindle_clock::ticks_to_ns(ran, this_core::ticks_per_second());
    say(office, Occasion::Left(strand, ran_ns, departure)).map(|_| ()).map_err(|_| Fall::Silent)
}

/// Strands have run for so many ticks more. What one takes beyond two turns it took where it could not be set aside.
fn count(station: &Station, ran: u64) {
    let counted = ran.min(2 * preempt::turn_ticks());
    let sum = station.ran_ticks.load(Ordering::Relaxed).wrapping_add(counted);
    station.ran_ticks.store(sum, Ordering::Relaxed);
}

/// Has `record` run here until it leaves, and says how that was.
///
/// # Context
/// Interrupts masked.
fn run(station: &'static Station, record: &'static Record, strand: Strand, at_most_ticks: u64) -> Departure {
    let stint = Stint { record, is_aside: record.context.is_aside(), is_governed: true, at_most_ticks };
    station.ready.close();
    if !stint.is_aside && !record.parking.begin() {
        station.ready.open();
        return Departure::Blocked;
    }
    if host::have_run(station, stint).is_some() {
        return Departure::Preempted;
    }
    match record.parking.activity(table::number(strand)) {
        Activity::Active => Departure::Yielded,
        Activity::Blocked => Departure::Blocked,
        Activity::Over => Departure::Ended,
    }
}
