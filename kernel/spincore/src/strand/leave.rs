//! Leave: a strand gives up its core by itself.
//!
//! ```text
//!   opportunity -> close the queue -> put itself in, or block -> next? -+-> switch to the next strand -+-> (there) arrive: open the queue
//!                                                                       '-> switch to the host --------'
//! ```
//!
//! The lock of the core's queue is closed from before somebody who leaves can be found to after whoever runs next has arrived: by then
//! its registers are saved. Whoever arrives opens it, on the core where that is.

use super::record::Record;
use super::station::Station;
use super::{begin, keeper, sleepers, table};
use crate::authority::authority;
use core::ptr;
use core::sync::atomic::Ordering;
use spindle_event::End as Ending;
use spindle_machine::context;
use spindle_strand::Wakeup;
use spindle_sync::this_core::{self, IrqsMasked};
use spindle_sync::{End, GRACE, Opportunity};

/// A time that does not come.
const NEVER_NS: u64 = u64::MAX;

/// The running strand leaves until it is woken.
///
/// # Context
/// A strand at its own level.
#[inline]
pub(super) fn block() {
    let Some(me) = Station::here().current.get_own() else { return };
    match me.parking.at_opportunity(true) {
        Opportunity::GoesOn => return,
        Opportunity::Parks => park(me),
        Opportunity::Ends => end_here(me),
    }
    obey(me);
}

/// The running strand lets others of its priority run.
///
/// # Context
/// A strand at its own level.
#[inline]
pub(super) fn yield_now() {
    if let Some(me) = Station::here().current.get_own() {
        // Whether it is to wait or to end is seen when it comes back.
        give_way(me);
        obey(me);
    }
}

/// The running strand leaves until it is woken, or until `deadline_ns`.
///
/// # Context
/// A strand at its own level. May allocate.
pub(super) fn block_until(deadline_ns: u64) -> Wakeup {
    let Some(me) = Station::here().current.get_own() else { return Wakeup::TimedOut };
    if deadline_ns <= spindle_clock::now_ns() {
        yield_now();
        return Wakeup::TimedOut;
    }
    if deadline_ns == NEVER_NS {
        // No timer is set to the end of time.
        block();
        return Wakeup::Unblocked;
    }
    me.wakes_at_ns.store(deadline_ns, Ordering::Relaxed);
    sleepers::add(deadline_ns, me);
    block();
    // Whoever wakes it when the time is over takes that out first.
    match me.wakes_at_ns.swap(0, Ordering::Relaxed) {
        0 => Wakeup::TimedOut,
        _ => Wakeup::Unblocked,
    }
}

/// Somebody may have said meanwhile that it is to wait, or to end.
#[inline]
fn obey(me: &'static Record) {
    loop {
        match me.parking.at_opportunity(false) {
            Opportunity::GoesOn => return,
            Opportunity::Parks => park(me),
            Opportunity::Ends => end_here(me),
        }
    }
}

/// `me`, which runs here, lets others run that are as urgent; comes back when it runs again, maybe on another core.
#[inline(always)]
fn give_way(me: &'static Record) {
    let masked = IrqsMasked::enter();
    let (station, priority) = (Station::here(), me.priority());
    station.ready.close();
    if station.is_called.load(Ordering::Relaxed) || station.is_aside_due(priority) {
        give_way_to_host(station, me, priority);
    } else if let Some(next) = station.ready.exchange(me, priority) {
        go_on(station, me, first_to_begin(station, next, 0));
    } else if GRACE.is_wanted() {
        give_way_to_host(station, me, priority);
    } else {
        station.ready.open();
    }
    drop(masked);
}

#[cold]
fn give_way_to_host(station: &'static Station, me: &'static Record, priority: usize) {
    station.ready.put(me, priority, End::Back);
    go_on(station, me, None);
}

/// `me`, which runs here, leaves until it is woken; comes back then, maybe on another core.
fn park(me: &'static Record) {
    debug_assert!(!this_core::is_masked(), "a strand leaves its core holding a lock of the kernel");
    let masked = IrqsMasked::enter();
    let station = Station::here();
    station.ready.close();
    if me.parking.settle_parked() {
        station.ready.open();
        return;
    }
    go_on(station, me, next(station));
    drop(masked);
}

/// The next strand that a leaving one can go to straight: the first, if the host is not wanted, and nobody who was set aside is as
/// urgent.
#[inline]
fn next(station: &Station) -> Option<&'static Record> {
    if station.is_called.load(Ordering::Relaxed) {
        return None;
    }
    let least = station.aside.highest().map_or(0, |aside| aside + 1);
    first_to_begin(station, station.ready.take(least)?, least)
}

/// `next`, or the first behind it that was not halted.
#[inline(always)]
fn first_to_begin(station: &Station, next: &'static Record, least: usize) -> Option<&'static Record> {
    if next.parking.begins() { Some(next) } else { another_to_begin(station, next, least) }
}

#[cold]
fn another_to_begin(station: &Station, mut next: &'static Record, least: usize) -> Option<&'static Record> {
    loop {
        if next.parking.is_hosted() {
            // Whose package wants to know of it goes by the host.
            station.ready.put(next, next.priority(), End::Front);
            return None;
        }
        if next.parking.begins_though_marked() {
            return Some(next);
        }
        next = station.ready.take(least)?;
    }
}

/// Goes from `me` to `next`, or to the host; comes back when `me` runs again.
#[inline(always)]
fn go_on(station: &'static Station, me: &'static Record, next: Option<&'static Record>) {
    let now = this_core::ticks();
    charge(me, now);
    me.held_since_ticks.store(0, Ordering::Relaxed);
    station.current.put_own(next);
    match next {
        Some(next) if ptr::eq(next, me) => begin_turn(station, me, now),
        Some(next) => {
            begin_turn(station, next, now);
            context::switch(authority(), &me.context, &next.context);
        }
        None => {
            station.set_load(None);
            context::switch(authority(), &me.context, &station.host);
        }
    }
    arrive();
}

/// Whoever has been switched to goes on here.
///
/// # Context
/// Interrupts masked, the queue of this core closed.
#[inline(always)]
pub(super) fn arrive() {
    let station = Station::here();
    station.ready.open();
    if let Some(over) = station.over.get_own() {
        take_back(station, over);
    }
}

#[cold]
fn take_back(station: &Station, over: &'static Record) {
    station.over.put_own(None);
    begin::recycle(over);
}

/// `me` has run until `now`.
#[inline]
pub(super) fn charge(me: &Record, now: u64) {
    let ran = now.wrapping_sub(me.since_ticks.load(Ordering::Relaxed));
    me.used_ticks.store(me.used_ticks.load(Ordering::Relaxed).wrapping_add(ran), Ordering::Relaxed);
}

/// `next` runs here from `now` on.
#[inline]
pub(super) fn begin_turn(station: &Station, next: &Record, now: u64) {
    next.since_ticks.store(now, Ordering::Relaxed);
    next.set_core(this_core::index());
    station.has_had_tick.store(false, Ordering::Relaxed);
    station.set_load(Some(next.priority()));
}

/// The strand that runs here has come to its end: it leaves for good.
pub(super) fn leave_for_good(me: &'static Record) -> ! {
    let _masked = IrqsMasked::enter();
    let station = Station::here();
    station.ready.close();
    station.over.put_own(Some(me));
    go_on(station, me, next(station));
    panic!("a strand goes on that is over");
}

/// The strand that runs here is given up where it is, with its destructors.
fn end_here(me: &Record) -> ! {
    let owner = me.rest.lock().domain;
    match owner {
        Some(owner) => keeper::give_up(owner),
        None => panic!("a strand of the kernel's is to end"),
    }
}

/// Whether the strand that runs here was told to end, and has: so it has not failed.
pub(crate) fn is_told_to(end: Ending) -> bool {
    matches!(end, Ending::Lingered | Ending::Overran) && is_ending()
}

/// Whether the strand that runs here is to end.
pub(super) fn is_ending() -> bool {
    Station::here().current.get_own().is_some_and(|me| me.parking.is_ending())
}

/// All of the strand that runs here is given up: it is not to leave its core any more, whatever its destructors do.
pub(crate) fn end_running() {
    if let Some(me) = Station::here().current.get_own()
        && let Some(strand) = table::strand_of(me)
    {
        me.parking.end(table::number(strand));
    }
}
