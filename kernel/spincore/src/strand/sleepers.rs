//! Sleepers: strands that are to be woken at a time.
//!
//! Each core has a heap of those that went to sleep there, the earliest first. Who is woken before its time stays in it until then: what
//! counts is whether the strand still waits for that very time.

use super::record::Record;
use super::{table, wake};
use crate::{ticks, timer};
use alloc::collections::BinaryHeap;
use core::cmp::Reverse;
use core::sync::atomic::Ordering;
use spindle_strand::Strand;
use spindle_sync::{Lock, MAX_CORES, this_core};

/// A strand, and when it is to be woken.
type Sleeper = Reverse<(u64, Strand)>;

/// Lock order: before the heap's lock.
static SLEEPERS: [Lock<BinaryHeap<Sleeper>>; MAX_CORES] = [const { Lock::new(BinaryHeap::new()) }; MAX_CORES];

/// How many are woken in one interrupt.
const AT_ONCE: usize = 32;
/// With fewer the heap is not looked through for those that were woken before their time.
const FEW: usize = 64;

/// Has `record`'s strand woken at `deadline_ns`.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(super) fn add(deadline_ns: u64, record: &'static Record) {
    let Some(strand) = table::strand_of(record) else { return };
    let mut sleepers = SLEEPERS[this_core::index() % MAX_CORES].lock();
    if sleepers.len() >= FEW && sleepers.len() == sleepers.capacity() {
        sleepers.retain(|Reverse((at_ns, strand))| waits(*strand, *at_ns).is_some());
    }
    sleepers.push(Reverse((deadline_ns, strand)));
    let is_first = sleepers.peek().is_some_and(|Reverse((first, _))| *first == deadline_ns);
    if is_first {
        timer::wake_sleepers(ticks::at(deadline_ns));
    }
}

/// Wakes those whose time has come; says when the next one's does, in ticks of the counter.
///
/// # Context
/// Interrupt context.
pub(super) fn wake_due(now: u64) -> u64 {
    let now_ns = spindle_clock::now_ns();
    for _ in 0..AT_ONCE {
        let due = {
            let mut sleepers = SLEEPERS[this_core::index() % MAX_CORES].lock();
            match sleepers.peek() {
                None => return u64::MAX,
                Some(Reverse((at_ns, _))) if *at_ns > now_ns => return ticks::at(*at_ns),
                Some(_) => sleepers.pop(),
            }
        };
        let Some(Reverse((at_ns, strand))) = due else { return u64::MAX };
        if let Some(record) = waits(strand, at_ns)
            && record.wakes_at_ns.compare_exchange(at_ns, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            wake::unblock(record, table::number(strand));
        }
    }
    now
}

/// The record of `strand`, if that is to be woken at `at_ns`.
fn waits(strand: Strand, at_ns: u64) -> Option<&'static Record> {
    let record = table::find(strand)?;
    let is_it = record.parking.number() == table::number(strand);
    (is_it && record.wakes_at_ns.load(Ordering::Relaxed) == at_ns).then_some(record)
}
