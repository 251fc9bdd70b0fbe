//! Grants: a set of crates, by their numbers in the kernel's table of crates.
//!
//! The crate is the unit of authority: an import is allowed when the crate that it comes from is in the set. What a set is
//! called, and who is given which, is not known here.

/// A set of crates, by their number in the kernel's table of crates (`.kdeps`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrateSet {
    words: [u64; CrateSet::CAPACITY / 64],
}

impl CrateSet {
    /// How many crates a set has room for.
    pub const CAPACITY: usize = 256;

    /// The set without crates.
    #[must_use]
    pub const fn new() -> Self {
        Self { words: [0; Self::CAPACITY / 64] }
    }

    /// Adds crate number `index`; says whether there is room for it.
    #[must_use]
    pub fn insert(&mut self, index: usize) -> bool {
        let Some(word) = self.words.get_mut(index / 64) else { return false };
        *word |= 1 << (index % 64);
        true
    }

    /// Whether crate number `index` is in the set.
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Number of crates in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no crate is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The numbers in the set, in rising order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..Self::CAPACITY).filter(|index| self.contains(*index))
    }
}

/// Numbers beyond [`CrateSet::CAPACITY`] are left out, which refuses them.
impl FromIterator<usize> for CrateSet {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut set = Self::new();
        for index in numbers {
            let _no_room_means_refused = set.insert(index);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::CrateSet;
    use alloc::vec::Vec;

    #[test]
    fn holds_what_was_inserted_and_nothing_else() {
        let mut set = CrateSet::new();
        assert!(set.is_empty());
        for index in [0, 63, 64, CrateSet::CAPACITY - 1] {
            assert!(set.insert(index));
        }
        assert_eq!(set.len(), 4);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, CrateSet::CAPACITY - 1]);
        assert!(!set.contains(1) && !set.contains(CrateSet::CAPACITY) && !set.contains(usize::MAX));
    }

    #[test]
    fn refuses_what_it_has_no_room_for() {
        let mut set = CrateSet::new();
        assert!(!set.insert(CrateSet::CAPACITY));
        assert!(!set.insert(usize::MAX));
        assert!([CrateSet::CAPACITY, 3].into_iter().collect::<CrateSet>().contains(3));
        assert!(set.is_empty());
    }
}
