//! Host: the run loop has strands run when nothing has arrived.

use super::leave::{arrive, begin_turn};
use super::record::Record;
use super::station::Station;
use super::{governed, preempt, rules, table};
use crate::authority::authority;
use crate::counts::{self, Counts};
use alloc::vec::Vec;
use core::ptr;
use core::sync::atomic::Ordering;
use spindle_event::mailbox::Arrivals;
use spindle_machine::context;
use spindle_strand::{CHECKPOINT, RESUME, Strand};
use spindle_sync::this_core::{self, IrqsMasked};
use spindle_sync::{End, GRACE};

/// Has one strand run on this core, and those that it leaves the core to, until the host is wanted or nobody can run; whether there is more for
/// the run loop to do. If not, there was none, or they have left nothing behind and nothing has arrived: the core may sleep as it is.
///
/// # Context
/// A turn of the run loop, at its own level.
// Apart, as the next: the run loop is short without them.
#[inline(never)]
pub(crate) fn run_one(arrivals: &mut Arrivals) -> bool {
    let station = Station::here();
    if station.is_governed() {
        return governed::run_one(arrivals, station);
    }
    if station.ready.highest().is_none() && station.aside.highest().is_none() {
        return false;
    }
    let masked = IrqsMasked::enter();
    // Before the queue is looked at: who puts somebody in later sees the mark.
    if !arrivals.try_sleep() {
        return true;
    }
    station.is_called.store(false, Ordering::Relaxed);
    let hosted = enter(station);
    let has_arrived = arrivals.awake();
    drop(masked);
    if let Some((record, strand)) = hosted {
        have_hosted_run(arrivals, station, record, strand);
        return true;
    }
    let is_any_left = station.ready.highest().or(station.aside.highest()).is_some();
    has_arrived || is_any_left || GRACE.pending() > 0
}

/// Goes from the host to the next strand; comes back when some strand leaves to the host, or was set aside. If the next one has a package that
/// wants to know of it, says so instead.
fn enter(station: &'static Station) -> Option<(&'static Record, Strand)> {
    station.ready.close();
    let Some(record) = next(station) else {
        station.ready.open();
        return None;
    };
    if record.parking.is_hosted()
        && let Some(strand) = table::strand_of(record)
    {
        // It is somebody's, whatever becomes of those who are told.
        put_back(station, record);
        station.ready.open();
        return Some((record, strand));
    }
    go(station, record);
    None
}

/// Has `record` run by the kernel's own rules, with the queue closed.
fn go(station: &'static Station, record: &'static Record) {
    let is_aside = record.context.is_aside();
    let stint = Stint { record, is_aside, is_governed: false, at_most_ticks: preempt::turn_ticks() };
    if let Some(aside) = have_run(station, stint) {
        let is_turn_over = station.is_turn_over.load(Ordering::Relaxed);
        let end = if is_turn_over { End::Back } else { End::Front };
        station.aside.put(aside, aside.priority(), end);
    }
}

/// Puts `record` where it was the first, with the queue closed.
fn put_back(station: &Station, record: &'static Record) {
    let queue = if record.context.is_aside() { &station.aside } else { &station.ready };
    queue.put(record, record.priority(), End::Front);
}

/// Takes `record` out again, if it is still among the first.
fn take_again(station: &Station, record: &'static Record) -> bool {
    let queue = if record.context.is_aside() { &station.aside } else { &station.ready };
    queue.steal(|other| ptr::eq(other, record)).is_some()
}

/// Has `record` run, in whose package it is said before and afterwards, unless the core has something else to do first.
fn have_hosted_run(
    arrivals: &mut Arrivals,
    station: &'static Station,
    record: &'static Record,
    strand: Strand,
) {
    say_resume(strand);
    let masked = IrqsMasked::enter();
    if arrivals.try_sleep() {
        if take_again(station, record) {
            station.ready.close();
            if record.context.is_aside() || record.parking.begin() {
                go(station, record);
            } else {
                station.ready.open();
            }
        }
        arrivals.awake();
    }
    drop(masked);
    say_checkpoint(strand);
}

/// Tells a strand's package that it is about to have this core.
pub(super) fn say_resume(strand: Strand) {
    RESUME.raise(&strand);
}

/// Tells a strand's package that it does not have this core any more.
pub(super) fn say_checkpoint(strand: Strand) {
    CHECKPOINT.raise(&strand);
}

/// One strand's time on a core.
pub(super) struct Stint {
    pub(super) record: &'static Record,
    /// Whether it was set aside.
    pub(super) is_aside: bool,
    /// Whether it is a scheduler of an extension's that says so.
    pub(super) is_governed: bool,
    pub(super) at_most_ticks: u64,
}

/// Goes from the host to a strand, and comes back when some strand leaves to the host, or was set aside: then it is the one that is returned.
///
/// # Context
/// Interrupts masked, the core marked as asleep, its queue closed.
pub(super) fn have_run(station: &'static Station, stint: Stint) -> Option<&'static Record> {
    let Stint { record: next, is_aside, is_governed, at_most_ticks } = stint;
    rules::at_host(station);
    station.switches.store(station.switches.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    station.current.put_own(Some(next));
    begin_turn(station, next, this_core::ticks());
    if is_governed {
        station.set_load_governed();
    }
    // Who leaves these by itself leaves to here.
    station.is_called.store(is_governed || next.parking.is_hosted(), Ordering::Relaxed);
    preempt::arm(at_most_ticks);
    if is_aside {
        station.ready.open();
        GRACE.let_go(authority());
        next.calls.take_up(authority());
        context::resume(authority(), &station.host, &next.context);
    } else {
        station.has_more.store(!next.parking.begin_unmarked(), Ordering::Relaxed);
        context::switch(authority(), &station.host, &next.context, station);
    }
    let aside = station.set_aside.get_own();
    match aside {
        None => arrive(station),
        Some(_) => station.set_aside.put_own(None),
    }
    rules::at_host(station);
    aside
}

/// The most urgent one. Of two that are as urgent, it is one after the other that was set aside and
/// that was not; and while a grace period waits for this core, whoever holds it up has every second turn, however urgent others are.
fn next(station: &'static Station) -> Option<&'static Record> {
    if station.has_to_sort.swap(false, Ordering::Relaxed) {
        sort(station);
    }
    loop {
        let (ready, aside) = (station.ready.highest(), station.aside.highest());
        let is_its_turn = || station.switches.load(Ordering::Relaxed).is_multiple_of(2);
        let is_first = || aside > ready || is_its_turn() && (aside == ready || GRACE.is_wanted());
        let next = match aside.is_some() && is_first() {
            true => station.aside.take(0)?,
            false => station.ready.take(0)?,
        };
        // Who was set aside may be in the middle of something: it is not halted there.
        if next.context.is_aside() || next.parking.begin() {
            return Some(next);
        }
    }
}

/// Puts those who were set aside where they stand by the priorities that they have now.
#[cold]
fn sort(station: &Station) {
    let mut all = Vec::new();
    while let Some(record) = station.aside.take(0) {
        all.push(record);
    }
    all.into_iter().for_each(|record| station.aside.put(record, record.priority(), End::Back));
}

/// Whether this core, which has marked itself as asleep, may sleep: nobody can run here, and none is to be had from another core. If it is
/// the last one awake, that is so: whoever is put into the queue of a core that sleeps wakes it.
///
/// # Context
/// Interrupts masked, behind the mark.
#[inline(never)]
pub(crate) fn may_sleep(is_last: bool) -> bool {
    let (station, is_idle) = (Station::here(), &Counts::of(this_core::index()).is_idle);
    is_idle.store(true, Ordering::Relaxed);
    let is_empty = station.ready.is_empty() && station.aside.highest().is_none();
    if is_empty && (is_last || !steal(station)) {
        return true;
    }
    is_idle.store(false, Ordering::Relaxed);
    false
}

/// Takes over one that is ready on another core and has to wait there; whether there was one. It lies where nobody steals it from, else two cores
/// could hand it to each other for ever.
fn steal(station: &'static Station) -> bool {
    let here = station.core();
    let cores = counts::cores();
    let others = (here + 1..cores).chain(0..here);
    for other in others {
        let is_free = |record: &Record| !record.is_bound.load(Ordering::Relaxed);
        let other = Station::of(other);
        if (other.is_busy() || other.ready.has_several())
            && let Some(record) = other.ready.steal(is_free)
        {
            record.set_station(station);
            station.aside.put(record, record.priority(), End::Back);
            return true;
        }
    }
    false
}
