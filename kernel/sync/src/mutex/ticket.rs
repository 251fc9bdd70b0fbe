//! Ticket: one time that a core holds a lock, as a number that is never used twice.

/// How many locks a core holds at most.
pub(super) const PLACES: usize = 32;

const CORE_BITS: u32 = 5;
const PLACE_BITS: u32 = 5;
const _: () = assert!(crate::MAX_CORES <= 1 << CORE_BITS && PLACES <= 1 << PLACE_BITS);

/// Which of a core's places, and the count of its uses, odd while it is used. At a use in each nanosecond 54 bits last for two hundred days,
/// of one place: a core takes the first that is free, and one alone can't be kept as busy for as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

impl Ticket {
    pub(super) const fn new(core: usize, place: usize, use_count: u64) -> Self {
        let number = use_count << (CORE_BITS + PLACE_BITS) | (place as u64) << CORE_BITS | core as u64;
        Self(number)
    }

    /// The one in the word of a lock.
    pub(super) const fn of_word(word: u64) -> Option<Self> {
        match word {
            0 => None,
            number => Some(Self(number)),
        }
    }

    /// As the word of a lock.
    pub(super) const fn word(self) -> u64 {
        self.0
    }

    pub(super) const fn core(self) -> usize {
        (self.0 & ((1 << CORE_BITS) - 1)) as usize
    }

    pub(super) const fn place(self) -> usize {
        (self.0 >> CORE_BITS & ((1 << PLACE_BITS) - 1)) as usize
    }

    pub(super) const fn use_count(self) -> u64 {
        self.0 >> (CORE_BITS + PLACE_BITS)
    }
}
