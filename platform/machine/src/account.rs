//! Account: how much of a heap of its own is in use, and how much may be.
//!
//! Pure. What a block costs is what the allocator takes for it: the power of two that holds it.

use core::alloc::Layout;

/// The least that a block takes, in bytes.
pub(crate) const LEAST: usize = size_of::<usize>();

/// What a heap of its own is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of the blocks that are handed out.
    pub bytes: usize,
    /// The most that this ever was.
    pub most_bytes: usize,
    /// The most that it may be.
    pub limit_bytes: usize,
    /// Bytes of RAM behind it, whether handed out or not.
    pub mapped_bytes: usize,
    /// How many blocks were refused.
    pub refusals: u64,
    /// Why the last one was.
    pub last_refusal: Option<Shortage>,
}

/// Why a block is not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// The heap would hold more than it may.
    OverLimit {
        /// Bytes that the block would have taken.
        bytes: usize,
    },
    /// No RAM is left but what is kept for the kernel.
    NoMemory {
        /// Bytes that the block would have taken.
        bytes: usize,
    },
    /// Its addresses are used up.
    NoAddresses {
        /// Bytes that the block would have taken.
        bytes: usize,
    },
}

/// What a block of `layout` takes, in bytes.
pub(crate) fn cost(layout: Layout) -> usize {
    // A layout's size is less than half of what a word can be, so there is one.
    layout.size().next_power_of_two().max(layout.align()).max(LEAST)
}

impl Usage {
    /// Nothing in use, of at most `limit_bytes`.
    pub(crate) const fn new(limit_bytes: usize) -> Self {
        Self { bytes: 0, most_bytes: 0, limit_bytes, mapped_bytes: 0, refusals: 0, last_refusal: None }
    }

    /// Charges a block, if it may be had; one that `must_be` had may go beyond the limit. Those behind it are refused then.
    pub(crate) fn charge(&mut self, bytes: usize, must_be: bool) -> Result<(), Shortage> {
        if !self.has_room(bytes, must_be) {
            return Err(Shortage::OverLimit { bytes });
        }
        self.add(bytes);
        Ok(())
    }

    /// Whether a block may be had.
    pub(crate) fn has_room(&self, bytes: usize, must_be: bool) -> bool {
        self.bytes.checked_add(bytes).is_some_and(|sum| sum <= self.limit_bytes || must_be)
    }

    /// Adds a block that there is [room](Self::has_room) for.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.most_bytes = self.most_bytes.max(self.bytes);
    }

    /// Takes a charge back.
    pub(crate) fn discharge(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Notes why a block was refused.
    pub(crate) fn refuse(&mut self, cause: Shortage) {
        self.refusals += 1;
        self.last_refusal = Some(cause);
    }
}

/// How much RAM to put behind a heap that has `mapped` bytes and `limit` at most, when a block of `cost` bytes finds no room: a
/// power of two, at least `least` and a quarter of what there is, but no more than the limit leaves. A block that `must_be` had beyond the
/// limit is followed by others: there a quarter it is too, or the heap would soon be in too many pieces.
pub(crate) fn growth(cost: usize, mapped: usize, limit: usize, least: usize, must_be: bool) -> usize {
    let left = limit.saturating_sub(mapped);
    let most = match left {
        _ if left < cost && must_be => usize::MAX,
        left if left.is_power_of_two() => left,
        left => left.next_power_of_two() / 2,
    };
    let wanted = (mapped / 4).checked_next_power_of_two().unwrap_or(least).max(least);
    wanted.min(most).max(cost).max(least)
}

#[cfg(test)]
mod tests {
    use super::{Shortage, Usage, cost, growth};
    use core::alloc::Layout;

    const LEAST: usize = 16 << 10;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).expect("a valid layout")
    }

    #[test]
    fn a_block_costs_the_power_of_two_that_holds_it() {
        let all = [(0, 1, 8), (1, 1, 8), (8, 8, 8), (9, 1, 16), (24, 8, 32), (3, 64, 64), (4097, 8, 8192)];
        for (size, align, bytes) in all {
            assert_eq!(cost(layout(size, align)), bytes, "{size} at {align}");
        }
    }

    #[test]
    fn what_is_over_the_limit_is_refused_and_charges_nothing() {
        let mut usage = Usage::new(100);
        assert_eq!(usage.charge(64, false), Ok(()));
        assert_eq!(usage.charge(64, false), Err(Shortage::OverLimit { bytes: 64 }));
        assert_eq!(usage.charge(usize::MAX, true), Err(Shortage::OverLimit { bytes: usize::MAX }));
        assert_eq!((usage.bytes, usage.most_bytes), (64, 64));
        assert_eq!(usage.charge(36, false), Ok(()));
        usage.discharge(64);
        assert_eq!((usage.bytes, usage.most_bytes), (36, 100));
    }

    #[test]
    fn what_must_be_had_is_and_the_next_is_refused() {
        let mut usage = Usage::new(100);
        assert_eq!(usage.charge(128, true), Ok(()));
        assert_eq!((usage.bytes, usage.most_bytes), (128, 128));
        assert_eq!(usage.charge(8, false), Err(Shortage::OverLimit { bytes: 8 }));
        usage.discharge(128);
        assert_eq!(usage.charge(8, false), Ok(()));
    }

    #[test]
    fn a_refusal_is_counted_and_the_last_one_is_told() {
        let mut usage = Usage::new(0);
        usage.refuse(Shortage::OverLimit { bytes: 8 });
        usage.refuse(Shortage::NoMemory { bytes: 16 });
        assert_eq!((usage.refusals, usage.last_refusal), (2, Some(Shortage::NoMemory { bytes: 16 })));
    }

    #[test]
    fn a_heap_grows_by_a_quarter_and_no_further_than_it_may() {
        assert_eq!(growth(8, 0, 1 << 20, LEAST, false), LEAST);
        assert_eq!(growth(8, 256 << 10, 1 << 20, LEAST, false), 64 << 10);
        assert_eq!(growth(128 << 10, 256 << 10, 1 << 20, LEAST, false), 128 << 10);
        // 24 KiB are left: 16 are the largest power of two in them.
        assert_eq!(growth(8, 1000 << 10, 1 << 20, LEAST, false), LEAST);
        // Blocks that were given back lie scattered: a block that may be had gets room, whatever is mapped.
        assert_eq!(growth(32 << 10, 1 << 20, 1 << 20, LEAST, false), 32 << 10);
        // What must be had beyond the limit.
        assert_eq!(growth(8, 1 << 20, 1 << 20, LEAST, true), 256 << 10);
    }

    #[test]
    fn a_heap_of_any_size_is_made_of_few_pieces() {
        let (mut mapped, mut pieces) = (0, 0);
        while mapped < 256 << 20 {
            mapped += growth(8, mapped, 256 << 20, LEAST, false);
            pieces += 1;
        }
        assert!(pieces <= 64, "{pieces}");
        assert_eq!(mapped, 256 << 20);
    }
}
