//! Own slots: what a domain with a quota of inbox slots posts with.
//!
//! Every core has a set of slots in which all that is posted from it travels, whoever posts. A domain with a quota has sets of its
//! own, of as many slots as it may have on their way from one core; the loader links it to these in the place of the common ones. So a
//! post costs the same with a quota and without, and one that floods has used up nobody's slots but its own.
//!
//! The sets are used again and again, since slots live for ever: what was lost in one is there again for the next domain.
//!
//! This file does not know who posts, nor how anybody comes to use one set or another.

use alloc::vec::Vec;
use core::fmt;
use core::ptr;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use spindle_sync::{Authority, Lock, Parcel, Pool, Slots};

use crate::cores;

/// How many domains can have slots of their own at a time.
pub const MOST_SETS: usize = 16;
/// How many slots of its own a domain can have on each core.
pub const MOST_SLOTS: usize = 512;

/// One domain's slots, of each core. Apart from the rest: they are large, and zeros, which take no room in an image.
static POOLS: [Pool<Parcel>; MOST_SETS] = [const { Pool::new() }; MOST_SETS];
static SETS: [Set; MOST_SETS] = [const { Set::new() }; MOST_SETS];

/// What there is to know of one domain's slots.
struct Set {
    /// How many can be taken on each core. Relaxed, as the next: numbers to look at.
    usable: AtomicUsize,
    refused: AtomicU64,
    /// Lock order: nothing else is locked while this is held.
    rest: Lock<Rest>,
}

struct Rest {
    is_leased: bool,
    /// What was opened so far, by core.
    opened: Vec<(usize, Slots<Parcel>)>,
}

impl Set {
    const fn new() -> Self {
        Self {
            usable: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
            rest: Lock::new(Rest { is_leased: false, opened: Vec::new() }),
        }
    }
}

/// Why there are no slots for a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSlots {
    /// It may have more than anybody can.
    TooMany {
        /// How many it may have.
        slots: usize,
        /// How many that can be.
        most: usize,
    },
    /// All sets are others'.
    NoneLeft {
        /// How many domains can have slots of their own.
        most: usize,
    },
}

impl fmt::Display for NoSlots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany { slots, most } => {
                write!(f, "{slots} inbox slots are more than the {most} that a quota can be")
            }
            Self::NoneLeft { most } => write!(f, "{most} domains have a quota of inbox slots already"),
        }
    }
}

impl core::error::Error for NoSlots {}

/// What a domain has of inbox slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotUsage {
    /// How many are taken, on the core where that is most.
    pub taken: usize,
    /// How many can be, on each core.
    pub limit: usize,
    /// How many posts found none.
    pub refused: u64,
}

/// Slots of a domain's own.
#[derive(Debug)]
pub struct OwnSlots {
    number: usize,
}

impl OwnSlots {
    /// So many slots of each core. Kernel only.
    ///
    /// # Errors
    /// [`NoSlots`] when there are none, or not so many.
    ///
    /// # Context
    /// Not in interrupt context, when all cores take posts. Allocates.
    pub fn new(authority: &Authority, slots: usize) -> Result<Self, NoSlots> {
        if slots > MOST_SLOTS {
            return Err(NoSlots::TooMany { slots, most: MOST_SLOTS });
        }
        let take = |set: &Set| {
            let mut rest = set.rest.lock();
            let is_free = !core::mem::replace(&mut rest.is_leased, true);
            is_free.then(|| core::mem::take(&mut rest.opened))
        };
        let taken = SETS.iter().enumerate().find_map(|(number, set)| Some((number, take(set)?)));
        let (number, mut opened) = taken.ok_or(NoSlots::NoneLeft { most: MOST_SETS })?;
        let set = &SETS[number];
        for core in cores::online().map(|core| core.index()) {
            let mut left = slots;
            for (_, some) in opened.iter().filter(|(of, _)| *of == core) {
                let usable = left.min(some.count());
                some.set_usable(authority, usable);
                left -= usable;
            }
            if left > 0 {
                opened.push((core, POOLS[number].open(core, left)));
            }
        }
        set.usable.store(slots, Ordering::Relaxed);
        set.refused.store(0, Ordering::Relaxed);
        set.rest.lock().opened = opened;
        Ok(Self { number })
    }

    /// Address of what stands for the common slots, for who is linked to these instead.
    #[must_use]
    pub fn address(&self) -> usize {
        ptr::from_ref(&POOLS[self.number]).addr()
    }

    /// What they are used for.
    #[must_use]
    pub fn usage(&self) -> SlotUsage {
        let set = &SETS[self.number];
        let limit = set.usable.load(Ordering::Relaxed);
        let rest = set.rest.lock();
        let taken = |core: usize| {
            let its = rest.opened.iter().filter(|(of, _)| *of == core);
            let count = |(left, sum): (usize, usize), (_, some): &(usize, Slots<Parcel>)| {
                (left.saturating_sub(some.count()), sum + some.taken(left))
            };
            its.fold((limit, 0), count).1
        };
        let taken = cores::online().map(|core| taken(core.index())).max().unwrap_or(0);
        SlotUsage { taken, limit, refused: set.refused.load(Ordering::Relaxed) }
    }
}

/// Gives slots back. Hence the authority: only who knows that nobody posts by them any more may ask.
///
/// # Context
/// Not in interrupt context. Only when no code can run that is linked to them, and nothing that it has posted is on its way.
pub fn release(own: &OwnSlots, _: &Authority) {
    SETS[own.number].rest.lock().is_leased = false;
}

/// A post has found no slot in `pool`; if that is somebody's own, how many there are of each core.
#[cold]
#[inline(never)]
pub(crate) fn refuse(pool: &Pool<Parcel>) -> Option<usize> {
    let set = &SETS[POOLS.iter().position(|own| ptr::eq(own, pool))?];
    set.refused.fetch_add(1, Ordering::Relaxed);
    Some(set.usable.load(Ordering::Relaxed))
}
