//! Begin: a strand's first instruction, and what is done with its last.

use super::leave::{arrive, leave_for_good};
use super::record::Record;
use super::service::served;
use super::station::Station;
use super::{accounts, table, wake};
use crate::authority::authority;
use crate::whereabouts::running_at;
use core::num::NonZeroUsize;
use core::sync::atomic::Ordering;
use spindle_machine::stacks::{self, NoStack, StackBytes};
use spindle_machine::{exception, reserve};
use spindle_strand::{Body, Me, Plan, Strand, StrandError};
use spindle_sync::boundary;

/// Begins a strand that runs `body`.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(super) fn start(plan: Plan, body: Body) -> Result<Strand, StrandError> {
    if let Some(core) = plan.core().filter(|core| !core.is_online()) {
        return Err(StrandError::Offline { core });
    }
    let size = stack_size(plan.stack_bytes)?;
    let domain = running_at(body.code());
    if let Some(domain) = domain {
        accounts::charge(domain)?;
    }
    let refund = |error| {
        if let Some(domain) = domain {
            accounts::discharge(domain);
        }
        error
    };
    let stack = stacks::take(authority(), size).map_err(|error| refund(no_stack(error)))?;
    let (record, number) = match table::take() {
        Ok(taken) => taken,
        Err(error) => {
            stacks::give_back(authority(), stack);
            return Err(refund(error));
        }
    };
    record.context.prepare(authority(), stack.top(), begin);
    record.set_station(plan.core().map_or_else(Station::here, |core| Station::of(core.index())));
    record.is_bound.store(plan.core().is_some(), Ordering::Relaxed);
    record.set_priority(plan.priority.number().into());
    record.used_ticks.store(0, Ordering::Relaxed);
    record.is_warned.store(false, Ordering::Relaxed);
    record.wakes_at_ns.store(0, Ordering::Relaxed);
    {
        let mut rest = record.rest.lock();
        (rest.name, rest.domain) = (plan.name, domain);
        (rest.body, rest.stack, rest.waiter) = (Some(body), Some(stack), None);
    }
    record.parking.prepare(number);
    let strand = table::strand_of(record);
    wake::make_ready(record);
    strand.ok_or(StrandError::NotServed)
}

fn stack_size(bytes: Option<NonZeroUsize>) -> Result<StackBytes, StrandError> {
    let Some(bytes) = bytes.map(NonZeroUsize::get) else { return Ok(StackBytes::default()) };
    let most = StackBytes::default().bytes();
    StackBytes::of_bytes(bytes).ok_or(StrandError::StackTooLarge { bytes, most })
}

fn no_stack(error: NoStack) -> StrandError {
    match error {
        NoStack::TooMany { limit } => StrandError::TooMany { limit },
        NoStack::NoMemory { bytes } => StrandError::NoMemory { bytes },
    }
}

/// A strand's first instruction, with interrupts masked.
extern "C" fn begin(station: &'static Station) -> ! {
    arrive(station);
    let Some(me) = station.current.get_own() else { panic!("a strand begins that does not run") };
    exception::irqs_unmask();
    run(me);
    finish(me);
    leave_for_good(me)
}

/// Runs what it is to run. When that is given up, it comes back here.
fn run(record: &'static Record) {
    let body = record.rest.lock().body.take();
    if let (Some(body), Some(strand)) = (body, table::strand_of(record)) {
        call(record.parking.is_ending(), body, &mut Me::new(authority(), strand, served()));
    }
}

/// Apart, so that it is found on a stack.
#[inline(never)]
fn call(is_ending: bool, body: Body, me: &mut Me) {
    boundary::shield(authority(), || match is_ending {
        true => drop(body),
        false => body.run(authority(), me),
    });
    boundary::stay();
}

/// Where the function lies that calls what a strand runs: when that is given up, it goes on behind it.
pub(crate) fn caller() -> usize {
    call as *const () as usize
}

/// It is over: who waits for that is told, and its domain has one less.
fn finish(record: &'static Record) {
    let (waiter, domain) = {
        let mut rest = record.rest.lock();
        record.parking.finish();
        (rest.waiter.take(), rest.domain)
    };
    if let Some(waiter) = waiter
        && let Some(record) = table::find(waiter)
    {
        wake::unblock(record, table::number(waiter));
    }
    // The last: from here on the domain's code may go.
    if let Some(domain) = domain {
        accounts::discharge(domain);
    }
}

/// Takes back what a strand had that has left for good.
///
/// # Context
/// Interrupts masked, on another stack.
pub(super) fn recycle(record: &'static Record) {
    // What told of a full stack may have needed it.
    reserve::close_left(authority());
    let stack = {
        let mut rest = record.rest.lock();
        (rest.name, rest.domain) = ("", None);
        rest.stack.take()
    };
    if let Some(stack) = stack {
        stacks::give_back(authority(), stack);
    }
    table::give_back(record);
}
