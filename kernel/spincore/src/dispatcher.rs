//! The dispatcher: one run loop a core, which raises what is posted to the core and sleeps when nothing is.
//!
//! ```text
//!   quiet -> pop -+-> run --------------------------> (again)
//!                 '-> reclaim -+-> (again)
//!                              +-> have a strand run -> (again)
//!                              '-> mask, try to sleep, wait for an interrupt, awake -> (again)
//! ```
//!
//! Invariants: between two turns, and nowhere else, a core announces that it is quiet ([`Reader::run`] does it), so everything
//! that runs in a turn (handlers, guards, deferred frees) may read snapshots freely. A post to a sleeping core sends one
//! wake-up, since the mark that says "asleep" is taken by exactly one sender. The last core to fall asleep leaves nothing to
//! reclaim behind.
//!
//! This file does not know what it runs.
//!
//! [`Reader::run`]: spindle_sync::grace::Reader::run

use crate::authority::authority;
use crate::counts::{Counts, add_one};
use crate::{containment, foreign_call, interrupt, strand, timer, turn};
use core::sync::atomic::{AtomicUsize, Ordering};
use spindle_event::End;
use spindle_event::mailbox::{self, Arrivals};
use spindle_machine::boot::ThisCore;
use spindle_machine::exception;
use spindle_sync::GRACE;
use spindle_sync::grace::Next;
use spindle_sync::this_core::{self, IrqsMasked};

/// After how many parcels in a row memory is reclaimed, and one that any core may run is run, although more have arrived.
const RECLAIM_EVERY: u32 = 64;

/// How many cores are not asleep, those on their way into the run loop included.
static AWAKE: AtomicUsize = AtomicUsize::new(0);

/// Counts this core as awake, from its start on.
pub(crate) fn arrive() {
    AWAKE.fetch_add(1, Ordering::AcqRel);
}

/// Runs what is posted to this core, for ever.
///
/// # Context
/// On the core's own stack, once, after [`arrive`]; lets interrupts in.
#[inline(never)]
pub(crate) fn run(core: ThisCore, mut arrivals: Arrivals) -> ! {
    let begin: fn(ThisCore, Arrivals) -> ! = run;
    containment::set_run_loop(begin as *const () as usize);
    let counts = Counts::of(core.index);
    let mut since_reclaim = 0;
    look(counts);
    exception::irqs_unmask();
    core.reader.run(move |slept| {
        if let Some(masked) = slept {
            wake_up(&mut arrivals, masked, counts);
        }
        interrupt::serve_deferred();
        if let Some(envelope) = arrivals.pop().or_else(|| mailbox::take_surplus(authority())) {
            add_one(&counts.parcels);
            mailbox::run(envelope);
            since_reclaim += 1;
            if since_reclaim < RECLAIM_EVERY {
                return Next::Turn;
            }
        }
        if since_reclaim >= RECLAIM_EVERY
            && let Some(envelope) = mailbox::take_surplus(authority())
        {
            // Where all cores always have something of their own to do, it would wait for ever.
            add_one(&counts.parcels);
            mailbox::run(envelope);
        }
        since_reclaim = 0;
        // It still says so if what it did in an earlier turn was given up.
        counts.is_tidying.store(false, Ordering::Relaxed);
        match reclaim() {
            Ok(0) if strand::run_one(&mut arrivals) || interrupt::is_any_deferred() => Next::Turn,
            Ok(0) => try_sleep(&mut arrivals, counts),
            Ok(_) => {
                add_one(&counts.reclaims);
                Next::Turn
            }
            Err(end) => {
                add_one(&counts.reclaims);
                containment::blame_last(end);
                Next::Turn
            }
        }
    })
}

/// Runs what has waited for a grace period that is over; how much, or how it was given up.
fn reclaim() -> Result<usize, End> {
    if GRACE.pending() == 0 {
        return Ok(0);
    }
    // What is freed may have destructors. Jobs are taken out one by one, so one that is given up takes no other with it.
    turn::tidy(|| foreign_call::call(0, foreign_call::FOR_EVER_MS, || GRACE.reclaim()))
}

/// Sleeps for ever, for a core that cannot be interrupted: no grace period waits for it.
pub(crate) fn stand_aside(core: ThisCore) -> ! {
    core.reader.run(|_| Next::Sleep(IrqsMasked::enter()))
}

/// Sleeps, unless something has arrived, or this is the last core awake and there is memory to reclaim.
///
/// A core that leaves while others are awake may leave memory to them: the last one finds all others away, so no grace period
/// keeps it waiting. Whoever retired memory counted itself as asleep after that, hence the last one sees it.
fn try_sleep(arrivals: &mut Arrivals, counts: &Counts) -> Next {
    let masked = IrqsMasked::enter();
    let is_last = AWAKE.fetch_sub(1, Ordering::AcqRel) == 1;
    let has_memory_to_reclaim = is_last && GRACE.pending() > 0;
    if !has_memory_to_reclaim && arrivals.try_sleep() {
        // Asked behind the mark: who puts something there afterwards sees it, and wakes this core.
        if !mailbox::is_any_surplus(authority()) && strand::may_sleep(is_last) {
            add_one(&counts.sleeps);
            if !is_last {
                timer::look_out();
            }
            return Next::Sleep(masked);
        }
        arrivals.awake();
    }
    AWAKE.fetch_add(1, Ordering::AcqRel);
    this_core::relax();
    Next::Turn
}

/// Has this core look at its own turns.
#[cold]
fn look(counts: &Counts) {
    counts.is_looking.store(true, Ordering::Relaxed);
    timer::look_at_turn();
}

/// Takes back what was told others of the sleep, then lets interrupts in.
fn wake_up(arrivals: &mut Arrivals, masked: IrqsMasked, counts: &Counts) {
    arrivals.awake();
    if !counts.is_looking.load(Ordering::Relaxed) {
        look(counts);
    }
    AWAKE.fetch_add(1, Ordering::AcqRel);
    drop(masked);
    // Behind it: what ends the sleep interrupts no strand.
    counts.is_idle.store(false, Ordering::Relaxed);
}
