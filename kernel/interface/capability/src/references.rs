//! References: a table from small integers to capabilities, for who can't be given a pointer.
//!
//! User space names what it may use by integers, and each address space has a table of its own: an integer says nothing
//! without it. A [`Reference`] is a slot's index and its generation, which goes up each time the slot is emptied: so an
//! integer that was given once never names anything else. A slot whose generations are used up stays empty.
//!
//! Invariants: a table holds no capability twice; it never holds more than it was made for. A capability that was revoked
//! stays in its slot until it is deleted, and its use is an error.
//!
//! Does not know whose table it is. SPIN's externalized references (SOSP 1995, section 3.1), with generations.

#[cfg(test)]
mod model;
mod table;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::hint::black_box;

use spindle_sync::Lock;

use crate::capability::{AnyCapability, Capability, WrongType};
use table::Table;

/// How many slots a table has at most.
pub const MOST_SLOTS: usize = 1 << INDEX_BITS;

/// Bits of a reference that say which slot; those above are the generation. At a million a second one slot's last for a
/// century.
const INDEX_BITS: u32 = 12;
/// The last generation of a slot. The first is 1, so that no reference is 0.
const LAST_GENERATION: u64 = u64::MAX >> INDEX_BITS;

/// An integer that stands for a capability, in one table. Anybody can make one up: what it is worth is for the table to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(u64);

impl Reference {
    /// The reference of that number.
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// Its number; never 0 for one that a table has given.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Which slot of its table it is about.
    pub const fn slot(self) -> usize {
        self.0 as usize & (MOST_SLOTS - 1)
    }

    const fn new(slot: usize, generation: u64) -> Self {
        Self(generation << INDEX_BITS | slot as u64)
    }

    const fn generation(self) -> u64 {
        self.0 >> INDEX_BITS
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Why a table did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferenceError {
    /// No table has so many slots.
    TooLarge {
        /// How many were asked for.
        slots: usize,
    },
    /// Every slot is occupied or used up.
    Full {
        /// How many slots there are.
        slots: usize,
    },
    /// There is no memory for one more.
    NoMemory {
        /// How many bytes there would have to be.
        bytes: usize,
    },
    /// The table has no such slot.
    NoSlot {
        /// Which one.
        slot: usize,
        /// How many there are.
        slots: usize,
    },
    /// The slot holds another capability.
    Occupied {
        /// What that one is called.
        by: Reference,
    },
    /// The slot has had all the capabilities that it can have.
    UsedUp {
        /// Which one.
        slot: usize,
    },
    /// The capability lies in another slot than the one that was asked for.
    Elsewhere {
        /// What it is called.
        at: Reference,
    },
    /// This table never gave the reference.
    Unknown {
        /// Which one.
        reference: Reference,
    },
    /// What the reference stood for was deleted.
    Stale {
        /// Which one.
        reference: Reference,
    },
    /// The reference stands for a capability of another type.
    WrongType {
        /// Which one.
        reference: Reference,
        /// The type that was asked for.
        wanted: String,
    },
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { slots } => write!(f, "a table of {slots} slots is larger than {MOST_SLOTS}"),
            Self::Full { slots } => write!(f, "all {slots} slots are taken"),
            Self::NoMemory { bytes } => write!(f, "the table takes {bytes} bytes more, which are not left"),
            Self::NoSlot { slot, slots } => write!(f, "there is no slot {slot} among {slots}"),
            Self::Occupied { by } => write!(f, "slot {} is taken by reference {by}", by.slot()),
            Self::UsedUp { slot } => write!(f, "slot {slot} is used up"),
            Self::Elsewhere { at } => write!(f, "it is reference {at} already, in slot {}", at.slot()),
            Self::Unknown { reference } => write!(f, "there never was a reference {reference}"),
            Self::Stale { reference } => write!(f, "reference {reference} was deleted"),
            Self::WrongType { reference, wanted } => {
                write!(f, "reference {reference} is not one of `{wanted}`")
            }
        }
    }
}

impl core::error::Error for ReferenceError {}

/// A table of externalized references: the capabilities of one address space, by number.
pub struct References {
    /// Lock order: before the heap's lock; nothing else is locked while this is held.
    table: Lock<Table>,
}

impl References {
    /// An empty table of so many slots.
    ///
    /// # Errors
    /// [`ReferenceError::TooLarge`] beyond [`MOST_SLOTS`].
    ///
    /// # Context
    /// Not in interrupt context. Allocates, as all that adds to a table does.
    pub fn new(slots: usize) -> Result<Self, ReferenceError> {
        Self::with_generations(slots, LAST_GENERATION)
    }

    fn with_generations(slots: usize, last: u64) -> Result<Self, ReferenceError> {
        if slots > MOST_SLOTS {
            return Err(ReferenceError::TooLarge { slots });
        }
        Ok(Self { table: Lock::new(Table::new(slots, last)) })
    }

    /// Puts a capability into the first empty slot, and gives what it is called. One that is there already is called as
    /// before.
    ///
    /// # Errors
    /// [`ReferenceError::Full`].
    pub fn externalize(&self, capability: impl Into<AnyCapability>) -> Result<Reference, ReferenceError> {
        self.put(capability.into(), None)
    }

    /// Puts a capability into the slot `slot`. One that is there already is called as before.
    ///
    /// # Errors
    /// [`ReferenceError`], when there is no such slot, when it is taken or used up, or when the capability is elsewhere.
    pub fn externalize_at(
        &self,
        slot: usize,
        capability: impl Into<AnyCapability>,
    ) -> Result<Reference, ReferenceError> {
        self.put(capability.into(), Some(slot))
    }

    /// What `reference` stands for.
    ///
    /// # Errors
    /// [`ReferenceError`], when that is nothing, or no longer anything, or not of this type.
    pub fn internalize<T: 'static>(&self, reference: Reference) -> Result<Capability<T>, ReferenceError> {
        let typed = self.internalize_any(reference)?.typed();
        typed.map_err(|WrongType { wanted }| ReferenceError::WrongType { reference, wanted })
    }

    /// What `reference` stands for, whatever its type is.
    ///
    /// # Errors
    /// [`ReferenceError`], when that is nothing, or no longer anything.
    pub fn internalize_any(&self, reference: Reference) -> Result<AnyCapability, ReferenceError> {
        self.table.lock().get(reference).cloned()
    }

    /// Empties the slot of `reference`, which stands for nothing from now on, and gives what was in there.
    ///
    /// # Errors
    /// As for [`internalize_any`](Self::internalize_any).
    pub fn delete(&self, reference: Reference) -> Result<AnyCapability, ReferenceError> {
        self.table.lock().take(reference)
    }

    /// Puts what `reference` stands for into another table as well, and gives what it is called there.
    ///
    /// # Errors
    /// [`ReferenceError`], when it stands for nothing, or when the other table is full.
    pub fn copy(&self, reference: Reference, to: &Self) -> Result<Reference, ReferenceError> {
        to.put(self.internalize_any(reference)?, None)
    }

    /// Empties all slots; says how many were occupied.
    pub fn clear(&self) -> usize {
        let gone = self.table.lock().take_all();
        gone.len()
    }

    /// How many capabilities there are in the table.
    pub fn len(&self) -> usize {
        self.table.lock().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sees that there is memory for one more, without the lock: with it nothing may fail.
    fn make_room(&self, slot: Option<usize>) -> Result<(), ReferenceError> {
        let bytes = self.table.lock().growth(slot);
        let mut room = Vec::<u8>::new();
        let outcome = room.try_reserve(bytes).map_err(|_| ReferenceError::NoMemory { bytes });
        // Else the compiler could leave out what nobody looks at.
        black_box(&room);
        outcome
    }

    /// Apart from its callers, so that no domain carries a copy. What is refused is dropped without the lock.
    fn put(&self, capability: AnyCapability, slot: Option<usize>) -> Result<Reference, ReferenceError> {
        let outcome = self.make_room(slot).and_then(|()| self.table.lock().put(&capability, slot));
        drop(capability);
        outcome
    }
}

impl fmt::Debug for References {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("References").field("len", &self.len()).finish_non_exhaustive()
    }
}
