//! Wake: a strand is made ready, on which core, and who has to be told.

use super::record::Record;
use super::station::Station;
use crate::authority::authority;
use crate::counts;
use core::sync::atomic::Ordering;
use spindle_event::{CoreId, mailbox};
use spindle_sync::End;

/// Wakes the strand of that number.
///
/// # Context
/// Any, interrupts included. Neither waits nor allocates.
#[inline]
pub(super) fn unblock(record: &'static Record, number: usize) {
    if record.parking.unpark_unmarked(number) {
        make_ready(record);
    } else {
        unblock_marked(record, number);
    }
}

#[cold]
#[inline(never)]
fn unblock_marked(record: &'static Record, number: usize) {
    if record.parking.unpark(number) {
        make_ready(record);
    }
}

/// Has the strand of that number end at its next opportunity.
///
/// # Context
/// As for [`unblock`].
pub(super) fn end(record: &'static Record, number: usize) {
    if record.parking.end(number) {
        make_ready(record);
    }
}

/// Puts a strand that the caller has made ready where it is to run: where it ran last, unless that core is busy and another
/// sleeps.
// Apart: who raises the event has the rest in itself.
#[inline(never)]
pub(super) fn make_ready(record: &'static Record) {
    let Some(station) = record.station() else { return };
    let priority = record.priority();
    if station.is_busy_for(priority) && !record.is_bound.load(Ordering::Relaxed) {
        make_ready_elsewhere(station, record);
    } else {
        put(station, record, priority);
    }
}

/// The same, where a strand runs that is no less urgent.
#[inline(never)]
fn make_ready_elsewhere(mut station: &'static Station, record: &'static Record) {
    if let Some(idle) = counts::idle_core() {
        // Its core may be just leaving it.
        station.ready.wait_until_open();
        station = Station::of(idle);
        record.set_station(station);
    }
    put(station, record, record.priority());
}

#[inline(always)]
fn put(station: &'static Station, record: &'static Record, priority: usize) {
    station.ready.push(record, priority, End::Back);
    if station.has_to_hear(priority) {
        tell(station);
    }
}

/// Tells a core that sleeps, or runs somebody less urgent. While strands run its host is as good as asleep; of a host that has its turn
/// nothing is asked.
#[inline(never)]
fn tell(station: &Station) {
    if let Some(core) = CoreId::new(station.core()) {
        mailbox::rouse(authority(), core);
    }
}

/// Has `record`'s strand be more or less urgent from now on, wherever it stands.
pub(super) fn change_priority(record: &'static Record, priority: usize) {
    let before = record.priority();
    record.set_priority(priority);
    let Some(station) = record.station() else { return };
    if !station.ready.change(record, before, priority) {
        // It may be one that was set aside: those only their core puts in order.
        station.has_to_sort.store(true, Ordering::Relaxed);
    }
    if station.has_to_hear(priority) || station.is_at(record) {
        tell(station);
    }
}
