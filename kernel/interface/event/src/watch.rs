//! Watch: whether code of a domain that is to go still does something that could outlive it.
//!
//! What is withdrawn from a domain takes code of the domain along to wherever it is freed: destructors. Such code may install
//! and uninstall, or post. The first leaves a table behind that is freed by a later grace period, the second a parcel in some
//! inbox, and neither can be found by looking at what is installed. So the two are counted where they happen: an install when
//! it begins, a parcel when it has run to its end.
//!
//! Nobody pays for it while no domain ends, but for the load of one number.
//!
//! This file does not know what the counts are good for, nor what a domain is.

use alloc::vec::Vec;
use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};

use spindle_sync::{Authority, Lock};

/// One stretch of code, and how often it was seen at work since somebody asked.
struct Watched {
    code: Range<usize>,
    seen: usize,
}

/// Lock order: before the heap's lock; nothing else is locked while this is held.
static WATCHED: Lock<Vec<Watched>> = Lock::new(Vec::new());
/// How many are watched. Relaxed: see [`begin`].
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Begins to count what `code` does. Seen by every turn of a run loop that begins after the next grace period.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn begin(_: &Authority, code: Range<usize>) {
    WATCHED.lock().push(Watched { code, seen: 0 });
    COUNT.fetch_add(1, Ordering::Relaxed);
}

/// How many installs of handlers in `code` have begun, and how many parcels of it have run to their end, since the last call.
///
/// # Context
/// Any but interrupts.
pub fn take(_: &Authority, code: &Range<usize>) -> usize {
    let mut watched = WATCHED.lock();
    watched.iter_mut().filter(|one| one.code == *code).map(|one| core::mem::take(&mut one.seen)).sum()
}

/// Counts no longer. To be called before anything else can come to lie in `code`.
///
/// # Context
/// Any but interrupts.
pub fn end(_: &Authority, code: &Range<usize>) {
    let gone = WATCHED.lock().extract_if(.., |one| one.code == *code).count();
    COUNT.fetch_sub(gone, Ordering::Relaxed);
}

/// Whether anything is watched.
#[inline(always)]
pub(crate) fn is_on() -> bool {
    COUNT.load(Ordering::Relaxed) != 0
}

/// What lies at `code` has been at work.
#[cold]
pub(crate) fn note(code: usize) {
    if let Some(one) = WATCHED.lock().iter_mut().find(|one| one.code.contains(&code)) {
        one.seen += 1;
    }
}
