//! Leave: a strand gives up its core by itself.
//!
//! ```text
//!   opportunity -> close the queue -> put itself in, or block -> next? -+-> switch to the next strand -+-> (there) arrive: open the queue
//!                                                                       '-> switch to the host --------'
//! ```
//!
//! The lock of the core's queue is closed from before somebody who leaves can be found to after whoever runs next has arrived: by then
//! its registers are saved. Whoever arrives opens it, on the core where that is.
//!
//! A function of the kernel is not set aside: the core that it finds is its own until it switches, and behind the switch the one that it is handed.
//!
//! What happens most, that nobody has said anything and somebody is ready, is one way without a call but the switch, so that it keeps
//! nothing in registers that it would have to save. What is rare begins where that ends, in functions of its own.

use super::record::Record;
use super::station::Station;
use super::{begin, keeper, rules, sleepers, table};
use crate::authority::authority;
use core::ptr;
use core::sync::atomic::Ordering;
use spindle_event::End as Ending;
use spindle_machine::context;
use spindle_strand::Wakeup;
use spindle_sync::this_core::{self, IrqsKeptOut};
use spindle_sync::{Authority, End, GRACE, Opportunity};

/// A time that does not come.
const NEVER_NS: u64 = u64::MAX;

/// The running strand leaves until it is woken.
///
/// # Context
/// A strand at its own level.
#[inline(always)]
pub(super) fn block(kernel: &Authority) {
    let station = Station::here();
    let Some(me) = station.current.get_own() else { return };
    rules::at_own_level(me);
    let Some(seen) = me.parking.glance() else { return block_marked(me) };
    let masked = IrqsKeptOut::enter();
    station.ready.close();
    if !me.parking.settle_unmarked(seen) {
        return settle(kernel, masked, station, me);
    }
    if station.is_called.load(Ordering::Relaxed) || station.aside.highest().is_some() {
        return go_on_to_another(kernel, masked, station, me);
    }
    match station.ready.take(0) {
        Some(next) if next.parking.begin_unmarked() => go_on(kernel, masked, station, me, next),
        Some(next) => go_on_unless_halted(kernel, masked, station, me, next),
        None => go_on_to_host(kernel, masked, station, me),
    }
}

/// The running strand lets others of its priority run.
///
/// # Context
/// A strand at its own level.
#[inline(always)]
pub(super) fn yield_now(kernel: &Authority) {
    let station = Station::here();
    let Some(me) = station.current.get_own() else { return };
    rules::at_own_level(me);
    // Whether it is to wait or to end is seen when it comes back.
    let priority = me.priority();
    let masked = IrqsKeptOut::enter();
    station.ready.close();
    if station.is_called.load(Ordering::Relaxed) || station.is_aside_due(priority) {
        return give_way_to_host(kernel, masked, station, me);
    }
    match station.ready.exchange(me, priority) {
        Some(next) if next.parking.begin_unmarked() => go_on(kernel, masked, station, me, next),
        Some(next) => go_on_unless_halted(kernel, masked, station, me, next),
        None if GRACE.is_wanted() => give_way_to_host(kernel, masked, station, me),
        None => {
            station.ready.open();
            drop(masked);
            obey(me);
        }
    }
}

/// The running strand leaves until it is woken, or until `deadline_ns`.
///
/// # Context
/// A strand at its own level. May allocate.
pub(super) fn block_until(kernel: &Authority, deadline_ns: u64) -> Wakeup {
    let Some(me) = Station::here().current.get_own() else { return Wakeup::TimedOut };
    if deadline_ns <= spindle_clock::now_ns() {
        yield_now(kernel);
        return Wakeup::TimedOut;
    }
    if deadline_ns == NEVER_NS {
        // No timer is set to the end of time.
        block(kernel);
        return Wakeup::Unblocked;
    }
    me.wakes_at_ns.store(deadline_ns, Ordering::Relaxed);
    sleepers::add(deadline_ns, me);
    block(kernel);
    // Whoever wakes it when the time is over takes that out first.
    match me.wakes_at_ns.swap(0, Ordering::Relaxed) {
        0 => Wakeup::TimedOut,
        _ => Wakeup::Unblocked,
    }
}

/// It finds at an opportunity to park that somebody has said something.
#[cold]
fn block_marked(me: &'static Record) {
    match me.parking.at_opportunity(true) {
        Opportunity::GoesOn => {}
        Opportunity::Parks => park(me),
        Opportunity::Ends => end_here(me),
    }
    obey(me);
}

/// Somebody may have said meanwhile that it is to wait, or to end.
#[inline(always)]
fn obey(me: &'static Record) {
    if me.parking.glance().is_none() {
        obey_mark(me);
    }
}

#[cold]
fn obey_mark(me: &'static Record) {
    loop {
        match me.parking.at_opportunity(false) {
            Opportunity::GoesOn => return,
            Opportunity::Parks => park(me),
            Opportunity::Ends => end_here(me),
        }
    }
}

#[cold]
fn give_way_to_host(kernel: &Authority, masked: IrqsKeptOut, station: &'static Station, me: &'static Record) {
    station.ready.put(me, me.priority(), End::Back);
    go_on_to_host(kernel, masked, station, me);
}

/// `me`, which runs here, leaves until it is woken; comes back then, maybe on another core.
#[cold]
fn park(me: &'static Record) {
    let masked = IrqsKeptOut::enter();
    let station = Station::here();
    station.ready.close();
    settle(authority(), masked, station, me);
}

/// `me` says that it is blocked, and leaves, unless it was woken meanwhile.
#[cold]
fn settle(kernel: &Authority, masked: IrqsKeptOut, station: &'static Station, me: &'static Record) {
    if me.parking.settle_parked() {
        station.ready.open();
        drop(masked);
        obey(me);
    } else {
        go_on_to_another(kernel, masked, station, me);
    }
}

/// Goes from `me` to `next`, which is marked, or if it stays here to another.
#[cold]
fn go_on_unless_halted(
    kernel: &Authority,
    masked: IrqsKeptOut,
    station: &'static Station,
    me: &'static Record,
    next: &'static Record,
) {
    if next.parking.is_hosted() {
        // Whose package wants to know of it goes by the host.
        station.ready.put(next, next.priority(), End::Front);
        go_on_to_host(kernel, masked, station, me);
    } else if next.parking.begin() {
        station.has_more.store(true, Ordering::Relaxed);
        go_on(kernel, masked, station, me, next);
    } else {
        go_on_to_another(kernel, masked, station, me);
    }
}

/// Goes from `me`, which is blocked or among the ready, to the next that can be gone to straight, or to the host.
#[inline(never)]
fn go_on_to_another(kernel: &Authority, masked: IrqsKeptOut, station: &'static Station, me: &'static Record) {
    match next(station) {
        Some(next) if ptr::eq(next, me) => {
            let now = this_core::ticks();
            charge(me, now);
            begin_turn(station, me, now);
            arrive(station);
            drop(masked);
            obey(me);
        }
        Some(next) => {
            station.has_more.store(true, Ordering::Relaxed);
            go_on(kernel, masked, station, me, next);
        }
        None => go_on_to_host(kernel, masked, station, me),
    }
}

/// The next strand that a leaving one can go to straight: the first that was not halted, if the host is not wanted, and nobody who was set
/// aside is as urgent.
fn next(station: &Station) -> Option<&'static Record> {
    if station.is_called.load(Ordering::Relaxed) {
        return None;
    }
    let least = station.aside.highest().map_or(0, |aside| aside + 1);
    loop {
        let next = station.ready.take(least)?;
        if next.parking.is_hosted() {
            station.ready.put(next, next.priority(), End::Front);
            return None;
        }
        if next.parking.begin() {
            return Some(next);
        }
    }
}

/// Goes from `me` to `next`; comes back when `me` runs again.
#[inline(always)]
fn go_on(
    kernel: &Authority,
    masked: IrqsKeptOut,
    station: &'static Station,
    me: &'static Record,
    next: &'static Record,
) {
    let now = this_core::ticks();
    charge(me, now);
    me.held_since_ticks.store(0, Ordering::Relaxed);
    station.current.put_own(Some(next));
    begin_turn(station, next, now);
    let station = context::switch(kernel, &me.context, &next.context, station);
    come_back(masked, station);
}

/// As [`go_on`], but to the host.
#[inline(never)]
fn go_on_to_host(kernel: &Authority, masked: IrqsKeptOut, station: &'static Station, me: &'static Record) {
    charge(me, this_core::ticks());
    me.held_since_ticks.store(0, Ordering::Relaxed);
    station.current.put_own(None);
    station.set_load(None);
    let station = context::switch(kernel, &me.context, &station.host, station);
    come_back(masked, station);
}

/// Who has left goes on at `station`.
#[inline(always)]
fn come_back(masked: IrqsKeptOut, station: &'static Station) {
    rules::back_on(station);
    station.ready.open();
    // Who has switched to it has looked for what it was told; what comes from then on it sees at the next opportunity.
    if station.has_more.load(Ordering::Relaxed) {
        come_back_to_more(masked, station);
    }
}

#[cold]
#[inline(never)]
fn come_back_to_more(masked: IrqsKeptOut, station: &'static Station) {
    do_more(station);
    drop(masked);
    // Asked for again: nothing is kept across the switch.
    if let Some(me) = station.current.get_own() {
        obey(me);
    }
}

/// Whoever has been switched to goes on at `station`.
///
/// # Context
/// Interrupts masked, the queue of this core closed.
#[inline(always)]
pub(super) fn arrive(station: &'static Station) {
    station.ready.open();
    if station.has_more.load(Ordering::Relaxed) {
        do_more(station);
    }
}

#[cold]
fn do_more(station: &Station) {
    station.has_more.store(false, Ordering::Relaxed);
    if let Some(over) = station.over.get_own() {
        station.over.put_own(None);
        begin::recycle(over);
    }
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
    station.has_had_tick.store(false, Ordering::Relaxed);
    station.set_load(Some(next.priority()));
}

/// The strand that runs here has come to its end: it leaves for good.
pub(super) fn leave_for_good(me: &'static Record) -> ! {
    let masked = IrqsKeptOut::enter();
    let station = Station::here();
    station.ready.close();
    station.over.put_own(Some(me));
    station.has_more.store(true, Ordering::Relaxed);
    go_on_to_another(authority(), masked, station, me);
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
