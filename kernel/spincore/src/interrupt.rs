//! Interrupts: acknowledge, drop priority, post, return; raise and deactivate later.
//!
//! [`take`] is the walk's first half, in interrupt context: no lock that anybody else could hold, no allocation, no extension
//! code. The second half, [`serve`], runs in the run loop of the same core: it raises the event of the line and then lets the
//! line interrupt again. In between the line is active, so it stays quiet without being masked, and one that nobody serves can
//! do no harm: it is counted, reported and switched off.
//!
//! The [`Signal`]s that cores send each other are the exception, and so is the core's timer: they are answered on the spot,
//! since they are about the core itself. Nobody's budget is charged for the time.
//!
//! This file does not know devices; who serves one [attaches](attach) an event to its line.

mod deferred;
mod signal;

use crate::authority::authority;
use crate::counts::{Counts, add_one};
use crate::{log, strand, timer};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use spindle_event::{CoreId, Event, cores, mailbox};
use spindle_gic::{Acknowledged, CpuInterface, Gic, GicError, IntId, SgiTarget, Trigger};
use spindle_machine::cores::mpidr;
use spindle_machine::exception::Interrupted;
use spindle_sync::{GRACE, Lock, MAX_CORES, Once, Parcel, Snapshot, boundary, this_core};

pub(crate) use deferred::{is_any_deferred, serve_deferred};
pub(crate) use signal::{Signal, SilentCore, stand_still, stop_others, synchronise_cores};

static GIC: Once<Gic> = Once::INIT;
/// Each core's way to the controller, entered by that core.
static INTERFACES: [Once<CpuInterface>; MAX_CORES] = [const { Once::INIT }; MAX_CORES];
static NO_LINES: Vec<Line> = Vec::new();
/// Which event is raised for which line.
static LINES: Snapshot<Vec<Line>> = Snapshot::new(&GRACE, &NO_LINES);
/// Lock order: before the heap's lock. Held while `LINES` is replaced.
static ATTACHING: Lock<()> = Lock::new(());

/// A line and whom it concerns.
#[derive(Clone, Copy)]
struct Line {
    int_id: IntId,
    event: &'static Event<Arrival>,
}

/// An interrupt, as its event's handlers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Which one.
    pub(crate) int_id: IntId,
}

/// Takes the controller over.
///
/// # Context
/// The first core, once, before any core sets itself up.
pub(crate) fn set_controller(gic: Gic) {
    GIC.call_once(|| gic);
    mailbox::set_wake(authority(), |core| signal(core, Signal::Wake));
}

/// Sets this core up for interrupts and lets it hear the other cores' signals.
///
/// # Errors
/// [`GicError`], when the controller cannot serve this core.
///
/// # Context
/// On that core, once, interrupts masked, after [`set_controller`].
pub(crate) fn set_up_core() -> Result<(), GicError> {
    let core = this_core::index();
    let interface = GIC.wait().init_core(core, mpidr())?;
    INTERFACES[core].call_once(|| interface);
    Signal::ALL.iter().try_for_each(|signal| interface.enable(signal.int_id()))
}

/// Has `event` raised for `int_id` from now on. The line itself is still off: see [`enable`].
///
/// # Context
/// Not in interrupt context. Allocates.
pub(crate) fn attach(int_id: IntId, event: &'static Event<Arrival>) {
    event.declare();
    let _attaching = ATTACHING.lock();
    let mut lines = LINES.with(Vec::clone);
    lines.retain(|line| line.int_id != int_id);
    lines.push(Line { int_id, event });
    LINES.replace(Box::new(lines));
}

/// Switches a line on: a private one for this core, a shared one for this core and no other. The trigger of a private line is
/// the hardware's.
///
/// # Errors
/// [`GicError`], when there is no such line.
pub(crate) fn enable(int_id: IntId, trigger: Trigger) -> Result<(), GicError> {
    let interface = interface().ok_or(GicError::CoreNotInitialised { core: this_core::index() })?;
    if !int_id.is_private() {
        interface.set_trigger(int_id, trigger)?;
        interface.route_spi(int_id, this_core::index())?;
    }
    interface.enable(int_id)
}

/// Takes what is pending: the machine's upcall.
///
/// # Context
/// Interrupt context.
pub(crate) fn take(interrupted: &mut Interrupted<'_>) {
    let began = this_core::ticks();
    let Some(interface) = interface() else { return };
    let mut next = interface.acknowledge();
    if next.is_none() {
        note_spurious();
    }
    let counts = Counts::of(interface.core() % MAX_CORES);
    // Not while the core sleeps: no strand runs then.
    let may_run_strand = !counts.is_idle.load(Ordering::Relaxed);
    let mut is_called = false;
    while let Some(acknowledged) = next {
        add_one(&counts.interrupts);
        interface.drop_priority(&acknowledged);
        let int_id = acknowledged.int_id();
        match Signal::of(int_id) {
            // The interrupt itself has ended the sleep.
            Some(Signal::Wake) => {
                is_called = true;
                interface.deactivate(acknowledged);
            }
            Some(signal) => {
                signal.receive();
                interface.deactivate(acknowledged);
            }
            None if timer::is_timer(int_id) => {
                if timer::expired(interrupted) {
                    post_rest(Parcel::new(move || raise(int_id)));
                }
                interface.deactivate(acknowledged);
            }
            None => post(acknowledged),
        }
        next = interface.acknowledge();
    }
    boundary::excuse(authority(), this_core::ticks().wrapping_sub(began));
    if may_run_strand {
        strand::look(interrupted, is_called);
    }
}

/// An interrupt was withdrawn before it was taken: there is nothing to end, and nobody to tell. It is counted, and noted for
/// each power of two, since a line that flickers could fill the log.
#[cold]
fn note_spurious() {
    static SPURIOUS: AtomicU64 = AtomicU64::new(0);
    let count = SPURIOUS.fetch_add(1, Ordering::Relaxed) + 1;
    if count.is_power_of_two() {
        post_rest(Parcel::new(move || log::note(format_args!("spurious interrupt, number {count}"))));
    }
}

/// Puts the rest of the walk into this core's inbox, where it arrives behind what is there.
fn post(acknowledged: Acknowledged) {
    post_rest(Parcel::new(move || serve(acknowledged)));
}

/// Has `parcel` run in a later turn of this core.
///
/// # Context
/// Interrupt context.
pub(crate) fn post_rest(parcel: Parcel) {
    if let Err(full) = mailbox::post_parcel(authority(), cores::current(), parcel) {
        deferred::defer(full.into_event());
    }
}

/// Raises the event of the line, then lets the line interrupt again.
fn serve(acknowledged: Acknowledged) {
    raise(acknowledged.int_id());
    if let Some(interface) = interface() {
        interface.deactivate(acknowledged);
    }
}

/// Raises the event of the line.
fn raise(int_id: IntId) {
    let event = LINES.with(|lines| lines.iter().find(|line| line.int_id == int_id).map(|line| line.event));
    match event {
        Some(event) => event.raise(&Arrival { int_id }),
        None => switch_off(int_id),
    }
}

/// Nobody asked for this line: it is counted, reported and does not come again.
fn switch_off(int_id: IntId) {
    static UNEXPECTED: AtomicU64 = AtomicU64::new(0);
    let count = UNEXPECTED.fetch_add(1, Ordering::Relaxed) + 1;
    log::warn(format_args!("unexpected interrupt {int_id:?}, number {count} of its kind: switched off"));
    if let Some(Err(error)) = interface().map(|interface| interface.disable(int_id)) {
        log::warn(format_args!("cannot switch {int_id:?} off: {error}"));
    }
}

/// Sends `signal` to `core`. One that is not set up hears nothing, and needs nothing: it has not begun.
///
/// # Context
/// Any. Takes no lock.
pub(crate) fn signal(core: CoreId, signal: Signal) {
    if let Some(interface) = interface() {
        let _ = interface.send_sgi(signal.int_id(), SgiTarget::Core(core.index()));
    }
}

/// This core's way to the controller, once it is set up.
fn interface() -> Option<&'static CpuInterface> {
    INTERFACES.get(this_core::index())?.get()
}
