//! Table: the records there are, by their place; and those that nobody has.

use super::record::Record;
use super::{accounts, offices, wake};
use crate::authority::authority;
use alloc::boxed::Box;
use core::num::NonZeroU64;
use spindle_domain::DomainId;
use spindle_strand::{Strand, StrandError};
use spindle_sync::{Activity, AtomicRef, HIGHEST_NUMBER, Lock, Queued};

/// How many strands there can be.
pub(super) const LIMIT: usize = 1 << PLACE_BITS;
/// A strand's number is that of its place, below the count of its uses.
const PLACE_BITS: u32 = 14;
/// How many records are made at once.
const AT_ONCE: usize = 16;

static RECORDS: [AtomicRef<Record>; LIMIT] = [const { AtomicRef::none() }; LIMIT];
/// Lock order: before the heap's lock.
static FREE: Lock<Free> = Lock::new(Free { first: AtomicRef::none(), made: 0 });

/// Records that nobody has.
struct Free {
    first: AtomicRef<Record>,
    made: usize,
}

/// The record at the place that `strand` names. It may be another's by now.
#[inline]
pub(super) fn find(strand: Strand) -> Option<&'static Record> {
    RECORDS[strand.number() as usize % LIMIT].get()
}

/// As the number in a state word.
#[inline]
pub(super) fn number(strand: Strand) -> usize {
    strand.number() as usize
}

/// The strand that has `record`, or had it last.
#[inline]
pub(super) fn strand_of(record: &Record) -> Option<Strand> {
    NonZeroU64::new(record.parking.number() as u64).map(|number| Strand::new(authority(), number))
}

/// Takes a record that nobody has, and a number for its next strand.
pub(super) fn take() -> Result<(&'static Record, usize), StrandError> {
    let mut free = FREE.lock();
    if free.first.get_own().is_none() {
        make(&mut free)?;
    }
    let record = free.first.get_own().ok_or(StrandError::TooMany { limit: LIMIT })?;
    free.first.put_own(record.link().get_own());
    let number = record.parking.number() + LIMIT;
    if number > HIGHEST_NUMBER {
        // Its last use was the last of all: it stays out.
        return Err(StrandError::TooMany { limit: LIMIT });
    }
    Ok((record, number))
}

// Apart: it takes the stack that so many records take.
#[cold]
#[inline(never)]
fn make(free: &mut Free) -> Result<(), StrandError> {
    if free.made == LIMIT {
        return Err(StrandError::TooMany { limit: LIMIT });
    }
    let made: &'static [Record; AT_ONCE] = Box::leak(Box::new(core::array::from_fn(|_| Record::new())));
    for record in made {
        // Over, with the number of its place: the first strand of it has one use more.
        record.parking.prepare(free.made);
        record.parking.finish();
        record.link().put_own(free.first.get_own());
        free.first.put_own(Some(record));
        RECORDS[free.made].put(Some(record));
        free.made += 1;
    }
    Ok(())
}

const _: () = assert!(LIMIT.is_multiple_of(AT_ONCE));

/// Takes back a record whose strand is over.
pub(super) fn give_back(record: &'static Record) {
    let free = FREE.lock();
    record.link().put_own(free.first.get_own());
    free.first.put_own(Some(record));
}

/// All records that some strand has now.
pub(super) fn each(mut see: impl FnMut(&'static Record, Strand)) {
    for record in RECORDS.iter().map_while(AtomicRef::get) {
        if let Some(strand) = strand_of(record)
            && record.parking.activity(number(strand)) != Activity::Over
        {
            see(record, strand);
        }
    }
}

/// Has all strands of a domain end, whatever they do; says how many there still are.
///
/// # Context
/// Not in interrupt context.
pub(crate) fn withdraw(domain: DomainId) -> usize {
    accounts::close(domain);
    offices::forget(domain);
    if accounts::count(domain) == 0 {
        return 0;
    }
    each(|record, strand| {
        if record.rest.lock().domain == Some(domain) {
            wake::end(record, number(strand));
        }
    });
    accounts::count(domain)
}
