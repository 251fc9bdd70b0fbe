//! List: what is issued, and whose it is.
//!
//! An entry stands here from before the first capability is handed out until its value has been dropped. So long code of
//! whoever issued it is going to run, and so long [`withdraw`] finds it.

use alloc::vec::Vec;
use core::ops::Range;

use spindle_sync::{Authority, Lock, WeakRevocable};

/// How many places there are at least, once there is one.
const LEAST_PLACES: usize = 8;

/// Something that is issued.
struct Entry {
    /// Where its issuer lies.
    issuer: usize,
    /// Where the function lies that drops the value, compiled into the domain that issued it.
    code: usize,
    handle: WeakRevocable,
}

/// A place on the list.
enum Place {
    /// For who comes next; and the next of these.
    Empty(Option<usize>),
    /// Somebody is about to issue.
    Reserved,
    Taken(Entry),
}

struct List {
    places: Vec<Place>,
    /// The first empty place.
    empty: Option<usize>,
    /// How many are not empty.
    count: usize,
}

/// Lock order: before the heap's lock; nothing else is locked while this is held.
static ISSUED: Lock<List> = Lock::new(List { places: Vec::new(), empty: None, count: 0 });

impl List {
    /// How many places there have to be room for before one more is taken, if there is no room.
    fn wants(&self) -> Option<usize> {
        let is_full = self.empty.is_none() && self.places.len() == self.places.capacity();
        is_full.then(|| (2 * self.places.len()).max(LEAST_PLACES))
    }

    fn reserve(&mut self) -> usize {
        self.count += 1;
        let Some(at) = self.empty else {
            self.places.push(Place::Reserved);
            return self.places.len() - 1;
        };
        if let Place::Empty(next) = core::mem::replace(&mut self.places[at], Place::Reserved) {
            self.empty = next;
        }
        at
    }

    /// What was in the place. Memory for many goes with the last.
    fn leave(&mut self, at: usize) -> (Place, Vec<Place>) {
        let gone = core::mem::replace(&mut self.places[at], Place::Empty(self.empty));
        (self.empty, self.count) = (Some(at), self.count - 1);
        if self.count > 0 {
            return (gone, Vec::new());
        }
        self.empty = None;
        (gone, core::mem::take(&mut self.places))
    }
}

/// Keeps a place for what is about to be issued.
#[inline(never)]
pub(crate) fn reserve() -> usize {
    loop {
        let wanted = {
            let mut issued = ISSUED.lock();
            match issued.wants() {
                None => return issued.reserve(),
                Some(wanted) => wanted,
            }
        };
        // Without the lock: where memory is short whoever issues fails, and not what holds a lock.
        let mut places = Vec::with_capacity(wanted);
        let mut issued = ISSUED.lock();
        if issued.places.capacity() < wanted {
            places.append(&mut issued.places);
            core::mem::swap(&mut places, &mut issued.places);
        }
        drop(issued);
        drop(places);
    }
}

/// Enters what is about to be handed out. A handle without code was revoked, and nobody can have done that but its maker:
/// there is nothing to find.
#[inline(never)]
pub(crate) fn enter(at: usize, issuer: usize, code: Option<usize>, handle: WeakRevocable) {
    if let Some(code) = code {
        ISSUED.lock().places[at] = Place::Taken(Entry { issuer, code, handle });
    }
}

/// Takes off what was dropped.
#[inline(never)]
pub(crate) fn leave(at: usize) {
    let gone = ISSUED.lock().leave(at);
    drop(gone);
}

/// Revokes all of the issuer that lies at `issuer`; says how many were not revoked before.
#[inline(never)]
pub(crate) fn revoke_of(issuer: usize) -> usize {
    let found = find(&|entry| entry.issuer == issuer);
    // One without a handle left is on its way, as if it had been revoked.
    found.iter().filter_map(WeakRevocable::upgrade).filter(|handle| handle.revoke()).count()
}

/// Revokes every capability whose value is dropped by code in `code`. Says how many values of such code there are that were
/// not dropped yet, those revoked before included. Kernel only.
///
/// Who uses one may still be inside, and its value is dropped later, by that code: free it only after a grace period that
/// begins afterwards, and after further calls that find nothing.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn withdraw(_: &Authority, code: Range<usize>) -> usize {
    let found = find(&|entry| code.contains(&entry.code));
    for handle in found.iter().filter_map(WeakRevocable::upgrade) {
        handle.revoke();
    }
    found.len()
}

/// They are revoked, and dropped, out of the lock.
fn find(is_meant: &dyn Fn(&Entry) -> bool) -> Vec<WeakRevocable> {
    let issued = ISSUED.lock();
    let meant = issued.places.iter().filter_map(|place| match place {
        Place::Taken(entry) if is_meant(entry) => Some(entry.handle.clone()),
        _ => None,
    });
    meant.collect()
}

#[cfg(test)]
mod tests {
    use super::{List, Place, Vec};

    #[test]
    fn places_are_taken_again_and_memory_goes_with_the_last() {
        let mut list = List { places: Vec::new(), empty: None, count: 0 };
        assert_eq!([list.reserve(), list.reserve(), list.reserve()], [0, 1, 2]);
        assert!(matches!(list.leave(1), (Place::Reserved, rest) if rest.is_empty()));
        assert!(list.leave(0).1.is_empty());
        assert_eq!([list.reserve(), list.reserve(), list.reserve()], [0, 1, 3]);
        for at in [3, 0, 2] {
            assert!(list.leave(at).1.is_empty());
        }
        assert_eq!(list.leave(1).1.len(), 4);
        assert_eq!((list.places.capacity(), list.reserve()), (0, 0));
    }
}
