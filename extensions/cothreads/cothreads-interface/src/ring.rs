//! Ring: the members in their order, and who has the baton.
//!
//! Invariants: who has the baton is written under the lock and read without it: only the one it names acts on that. Members whose
//! strands have ended are passed over. No lock is held while a strand waits: the kernel's means of
//! blocking can't get in.
//!
//! Orders: the holder is stored with release and loaded with acquire, so what a member has done comes before what the next one does.

use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_clock::now_ns;
use spindle_domain::Mutex;
use spindle_strand::{Me, State, Strand, Wakeup};

use crate::failure::BatonError;

/// How long a member waits before it looks whether the one that has the baton is still there.
pub const PATIENCE_NS: u64 = 50_000_000;

/// Nobody's number.
const NOBODY: u64 = 0;

/// A member of a group; never that of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(pub(crate) u64);

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A member in the ring, and what was handed to it with the baton.
struct Place<V> {
    id: MemberId,
    strand: Strand,
    value: Option<V>,
}

/// The ring of one group.
pub(crate) struct Ring<V> {
    places: Mutex<Vec<Place<V>>>,
    holder: AtomicU64,
    next_id: AtomicU64,
}

impl<V: Send> Ring<V> {
    pub(crate) fn new() -> Self {
        Self { places: Mutex::new(Vec::new()), holder: AtomicU64::new(NOBODY), next_id: AtomicU64::new(1) }
    }

    /// A number that no member has had.
    pub(crate) fn number(&self) -> MemberId {
        // Relaxed: numbers only have to differ.
        MemberId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Has a member join whose strand has begun, behind the others. It waits for the baton until then.
    pub(crate) fn join(&self, id: MemberId, strand: Strand) -> Result<(), BatonError> {
        self.places.with(|places| {
            places.try_reserve(1).map_err(|_| BatonError::NoMemory)?;
            places.push(Place { id, strand, value: None });
            Ok(())
        })?
    }

    /// Takes `id` out of the ring; if it has the baton that goes to the next.
    pub(crate) fn leave(&self, id: MemberId) {
        let left = self.places.with(|places| {
            let at = places.iter().position(|place| place.id == id)?;
            let next = if self.has_baton(id) { self.choose(behind(places, at)) } else { None };
            // Its value is dropped without the lock.
            Some((places.remove(at).value, next))
        });
        if let Ok(Some((_, Some(next)))) = left {
            next.unblock();
        }
    }

    /// Gives the baton to the first that can run, if nobody has it.
    pub(crate) fn begin(&self) -> Result<(), BatonError> {
        let first = self.places.with(|places| {
            let is_free = self.holder.load(Ordering::Relaxed) == NOBODY;
            if is_free { self.choose(places.iter()) } else { None }
        })?;
        if let Some(first) = first {
            first.unblock();
        }
        Ok(())
    }

    /// Gives the baton, which `from` has, to the next that can run; that may be `from`.
    pub(crate) fn pass(&self, from: MemberId) -> Result<(), BatonError> {
        let next = self.places.with(|places| {
            self.check(from)?;
            let gone = BatonError::Gone { member: from };
            let at = places.iter().position(|place| place.id == from).ok_or(gone)?;
            Ok::<_, BatonError>(self.choose(behind(places, at).chain(places.get(at))))
        })??;
        if let Some(next) = next {
            next.unblock();
        }
        Ok(())
    }

    /// Gives the baton, which `from` has, to `to`, and `value` with it.
    pub(crate) fn give(&self, from: MemberId, to: MemberId, value: Option<V>) -> Result<(), BatonError> {
        let given = self.places.with(|places| {
            self.check(from)?;
            let place = places.iter_mut().find(|place| place.id == to);
            let place = place.filter(|place| place.strand.state() != State::Ended);
            let place = place.ok_or(BatonError::Gone { member: to })?;
            let old = core::mem::replace(&mut place.value, value);
            // Release: what `from` has done comes before what `to` does.
            self.holder.store(to.0, Ordering::Release);
            Ok::<_, BatonError>((place.strand, old))
        })??;
        let (strand, _) = given;
        strand.unblock();
        Ok(())
    }

    /// Waits until `id` has the baton.
    pub(crate) fn wait(&self, me: &mut Me, id: MemberId) {
        while !self.has_baton(id) {
            if me.block_until(now_ns().saturating_add(PATIENCE_NS)) == Wakeup::TimedOut {
                self.relieve();
            }
        }
    }

    /// What was handed to `id`, if it has not taken that yet.
    pub(crate) fn take(&self, id: MemberId) -> Option<V> {
        let taken = self.places.with(|places| {
            let place = places.iter_mut().find(|place| place.id == id)?;
            place.value.take()
        });
        taken.ok().flatten()
    }

    /// Takes the baton from a member that has ended without giving it away.
    fn relieve(&self) {
        let next = self.places.with(|places| {
            let holder = MemberId(self.holder.load(Ordering::Relaxed));
            let at = places.iter().position(|place| place.id == holder)?;
            let has_ended = places.get(at)?.strand.state() == State::Ended;
            if has_ended { self.choose(behind(places, at)) } else { None }
        });
        if let Ok(Some(next)) = next {
            next.unblock();
        }
    }

    /// Gives the baton to the first of these that can run; to nobody if there is none. Gives its strand.
    fn choose<'p>(&self, mut places: impl Iterator<Item = &'p Place<V>>) -> Option<Strand>
    where
        V: 'p,
    {
        let next = places.find(|place| place.strand.state() != State::Ended);
        // Release: what the last one has done comes before what the next one does.
        self.holder.store(next.map_or(NOBODY, |place| place.id.0), Ordering::Release);
        next.map(|place| place.strand)
    }

    fn check(&self, from: MemberId) -> Result<(), BatonError> {
        if self.has_baton(from) { Ok(()) } else { Err(BatonError::NotYours { member: from }) }
    }

    fn has_baton(&self, id: MemberId) -> bool {
        // Acquire: see the module.
        self.holder.load(Ordering::Acquire) == id.0
    }
}

/// The others, in ring order from the one behind `at`.
fn behind<V>(places: &[Place<V>], at: usize) -> impl Iterator<Item = &Place<V>> {
    places.iter().skip(at + 1).chain(places.iter().take(at))
}
