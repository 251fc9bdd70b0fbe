//! Preempt: an interrupt sets aside the strand that runs, or sees that it leaves soon.

use super::keeper;
use super::record::Record;
use super::station::Station;
use crate::authority::authority;
use crate::whereabouts::running_at;
use crate::{budget, ticks, timer};
use core::sync::atomic::Ordering;
use spindle_machine::exception::Interrupted;
use spindle_machine::reserve;
use spindle_sync::{GRACE, HOLDERS, boundary, this_core};

/// How long a strand may run when others of its priority could, in milliseconds; up to twice that.
const TURN_MS: u64 = 10;
const MS_PER_SECOND: u64 = 1000;
const NS_PER_MS: u64 = 1_000_000;
const NS_PER_US: u64 = 1000;
/// How soon to look again at who can't be set aside where it is, in microseconds, up to twice that: soon at first, since most are there for a
/// few instructions, and less and less often.
const FIRST_RETRY_US: u64 = 1;
const LAST_RETRY_US: u64 = 32;
/// The shortest turn, in microseconds.
const SHORTEST_US: u64 = 20;
/// How long a strand may keep its core from being quiet while a grace period waits for that, in seconds: as long as a turn of the run
/// loop may keep others waiting.
const PATIENCE_SECONDS: u64 = 10;

/// Has this core's timer tick while strands run, for the first time after so many ticks.
///
/// # Context
/// Interrupts masked.
pub(super) fn arm(first_ticks: u64) {
    Station::here().retry_us.store(FIRST_RETRY_US, Ordering::Relaxed);
    timer::tick_strands(this_core::ticks() + first_ticks);
}

/// A turn, in ticks.
pub(super) fn turn_ticks() -> u64 {
    this_core::ticks_per_second() * TURN_MS / MS_PER_SECOND
}

/// A turn of so many nanoseconds, in ticks: no longer than any, and long enough to get anywhere.
pub(super) fn turn_ticks_of(ns: u64) -> u64 {
    let least_ns = SHORTEST_US * NS_PER_US;
    ticks::of_ns(ns.clamp(least_ns, TURN_MS * NS_PER_MS))
}

/// The timer ticks: whether the host is wanted, and when to tick again, in ticks of the counter.
///
/// # Context
/// Interrupt context.
pub(super) fn tick(now: u64) -> u64 {
    let station = Station::here();
    let Some(me) = station.current.get_own() else { return u64::MAX };
    let had_tick = station.has_had_tick.swap(true, Ordering::Relaxed);
    let is_as_urgent = |highest: Option<usize>| highest.is_some_and(|highest| highest >= me.priority());
    let is_turn_over =
        had_tick && (is_as_urgent(station.ready.highest()) || is_as_urgent(station.aside.highest()));
    let is_to_tidy = GRACE.is_wanted() || GRACE.pending() > 0;
    if is_turn_over || is_to_tidy || me.parking.is_ending() {
        station.is_called.store(true, Ordering::Relaxed);
    }
    now + turn_ticks()
}

/// Sets aside what runs there, if the host is wanted and it can be. It is wanted if the core `is_called`: something has arrived, or somebody
/// more urgent is ready.
///
/// # Context
/// The last that an interrupt does with `interrupted`.
#[inline]
pub(crate) fn look(interrupted: &mut Interrupted<'_>, is_called: bool) {
    if let Some(me) = Station::here().current.get_own() {
        look_at(interrupted, me, is_called);
    }
}

#[inline(never)]
fn look_at(interrupted: &mut Interrupted<'_>, me: &'static Record, is_called: bool) {
    let station = Station::here();
    if is_called {
        station.is_called.store(true, Ordering::Relaxed);
    } else if !station.is_called.load(Ordering::Relaxed) {
        return;
    }
    if !can_be_set_aside(interrupted) {
        let retry_us = station.retry_us.load(Ordering::Relaxed);
        station.retry_us.store((2 * retry_us).clamp(FIRST_RETRY_US, LAST_RETRY_US), Ordering::Relaxed);
        timer::tick_strands(budget::soon(this_core::ticks(), retry_us.max(FIRST_RETRY_US)));
        return;
    }
    let now = this_core::ticks();
    // Whoever is told to end has until the next tick to do so by itself, with its destructors.
    let is_to_end = me.parking.is_ending() && me.is_warned.swap(true, Ordering::Relaxed);
    if (is_to_end || is_out_of_patience(me, now)) && is_at_own_level(interrupted) {
        interrupted.call_off();
        return;
    }
    let is_turn_over = station.has_had_tick.load(Ordering::Relaxed);
    super::leave::charge(me, now);
    me.calls.set_aside(authority());
    GRACE.hold_back(authority());
    station.retry_us.store(FIRST_RETRY_US, Ordering::Relaxed);
    station.set_aside.put_own(Some(me));
    station.is_turn_over.store(is_turn_over, Ordering::Relaxed);
    station.current.put_own(None);
    station.set_load(None);
    interrupted.set_aside(authority(), &me.context, &station.host, station);
}

/// Whether `me` has kept its core from being quiet for too long.
fn is_out_of_patience(me: &Record, now: u64) -> bool {
    let since = me.held_since_ticks.load(Ordering::Relaxed);
    if since == 0 || !GRACE.is_wanted() {
        me.held_since_ticks.store(now.max(1), Ordering::Relaxed);
        return false;
    }
    now.saturating_sub(since) > PATIENCE_SECONDS * this_core::ticks_per_second()
}

/// Whether what runs there is an extension's own code, and nothing of the kernel's waits for it on this core.
fn can_be_set_aside(interrupted: &Interrupted<'_>) -> bool {
    running_at(interrupted.pc()).is_some()
        && !HOLDERS.holds_one()
        && !keeper::is_giving_up()
        && !reserve::is_open()
}

/// Whether what runs there is the strand's own domain's, and no call of another's that can be given up stands between.
fn is_at_own_level(interrupted: &Interrupted<'_>) -> bool {
    let Some(me) = Station::here().current.get_own() else { return false };
    let Some(rest) = me.rest.try_lock() else { return false };
    let is_its = rest.domain.is_some() && running_at(interrupted.pc()) == rest.domain;
    is_its && !boundary::is_inside()
}
