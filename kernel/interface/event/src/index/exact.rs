//! Exact: from a key to the rows that name it.
//!
//! A hash table in two levels: chunks of so many buckets each, and the array of all chunks. A change copies one chunk
//! and the array, and shares the other chunks with the version it came from.
//!
//! Invariants:
//! - There are no more keys than half as many as buckets, nor (but in the smallest table) less than an eighth. When a
//!   change would break that, all keys move to a table of twice or half as many buckets; enough changes lie between
//!   two such moves to pay for them.
//! - A key is there as long as it has rows, and leaves nothing behind: all buckets without a key are one.
//!
//! The hash is known to all. Somebody who chooses keys that collide makes them slow to find, but no others.
//!
//! This file does not know what becomes of the rows, nor their order.
//!
//! Sources: Knuth, "The Art of Computer Programming", volume 3, section 6.4, for hashing by multiplication with the
//! golden ratio (Fibonacci hashing) and for keeping those that collide in a list of their own; Lemire, "Fast random
//! integer generation in an interval", ACM TOMACS 29, 2019, for the product that numbers chunks and buckets.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hint::select_unpredictable;
use core::{array, iter, mem};

use super::{Row, Slotted};

/// No row has a slot as great as that.
const NO_SLOT: u64 = u64::MAX;

/// How many buckets a chunk has. What a change copies is this and one word per chunk: the two are about the same for a
/// thousand keys.
const BUCKETS: usize = 64;

/// 2^64 divided by the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// One version of the table. A clone shares all of it.
#[derive(Clone, Debug)]
pub(super) struct Exact<V> {
    /// Always [`MULTIPLIER`]. AArch64 takes four instructions to make a constant of 64 bits, and none more to load one
    /// beside what is loaded anyway.
    multiplier: u64,
    /// None, or as many as some power of two.
    chunks: Arc<[Arc<Chunk<V>>]>,
    /// How many keys there are.
    keys: usize,
    /// The bucket without a key.
    none: Arc<Bucket<V>>,
}

/// Some buckets side by side.
#[derive(Clone, Debug)]
struct Chunk<V>([Arc<Bucket<V>>; BUCKETS]);

/// The keys of one hash, mostly one or none. Those of one hash are no linked list: to drop one takes a stack as deep as it is
/// long.
// In this order, so that what `Quick` reads is one pair.
#[derive(Debug)]
#[repr(C)]
struct Bucket<V> {
    /// The first key.
    key: u64,
    /// The slot of its only row; [`NO_SLOT`] if it has several, or there is no key.
    only: u64,
    entries: Box<[Entry<V>]>,
}

/// A key and the rows that name it.
#[derive(Clone, Debug)]
struct Entry<V> {
    key: u64,
    rows: Box<[Row<V>]>,
}

impl<V: Clone + Slotted> Exact<V> {
    /// A table of no keys.
    pub(super) fn new() -> Self {
        Self::sized(0, 0)
    }

    /// A table of so many chunks, with nothing in it but room for `keys`.
    fn sized(chunks: usize, keys: usize) -> Self {
        // All of them are one, until something is put there.
        let none = Arc::new(Bucket { key: 0, only: NO_SLOT, entries: Box::default() });
        let empty = Arc::new(Chunk(array::from_fn(|_| none.clone())));
        let chunks = if chunks == 0 { Arc::default() } else { iter::repeat_n(empty, chunks).collect() };
        Self { multiplier: MULTIPLIER, chunks, keys, none }
    }

    /// Whether no key is there.
    pub(super) fn is_empty(&self) -> bool {
        self.keys == 0
    }

    /// The rows of `key`.
    #[inline]
    pub(super) fn find(&self, key: u64) -> &[Row<V>] {
        let (chunk, place) = self.place(key);
        // Always there, or else no chunk is: a check that is foretold well.
        let Some(chunk) = self.chunks.get(chunk) else { return &[] };
        chunk.0[place].entries.iter().find(|entry| entry.key == key).map_or(&[], |entry| &entry.rows)
    }

    /// Makes `rows` the rows of `key`, whatever it had.
    pub(super) fn set(&mut self, key: u64, rows: Vec<Row<V>>) {
        let was_there = !self.find(key).is_empty();
        if rows.is_empty() && !was_there {
            return;
        }
        let keys = self.keys - usize::from(was_there) + usize::from(!rows.is_empty());
        self.fit(keys);
        self.fill(key, rows.into_boxed_slice());
    }

    /// The chunk and the bucket in it where `key` belongs.
    #[inline]
    fn place(&self, key: u64) -> (usize, usize) {
        place(key.wrapping_mul(self.multiplier), self.chunks.len())
    }

    /// The bucket where `key` belongs, in chunks that no other version has.
    fn own(&mut self, key: u64) -> &mut Arc<Bucket<V>> {
        let (chunk, place) = self.place(key);
        &mut Arc::make_mut(&mut Arc::make_mut(&mut self.chunks)[chunk]).0[place]
    }

    fn fill(&mut self, key: u64, rows: Box<[Row<V>]>) {
        let none = self.none.clone();
        let bucket = self.own(key);
        let others = bucket.entries.iter().filter(|entry| entry.key != key);
        let newest = (!rows.is_empty()).then_some(Entry { key, rows });
        let entries: Box<[Entry<V>]> = newest.into_iter().chain(others.cloned()).collect();
        *bucket = if entries.is_empty() { none } else { Arc::new(Bucket::of(entries)) };
    }

    /// Takes a table of the size for so many keys.
    fn fit(&mut self, keys: usize) {
        let chunks = self.chunks.len();
        let buckets = chunks * BUCKETS;
        self.keys = keys;
        if keys * 2 > buckets {
            self.resize((chunks * 2).max(1));
        } else if keys * 8 < buckets && chunks > 1 {
            self.resize(chunks / 2);
        }
    }

    fn resize(&mut self, chunks: usize) {
        let old = mem::replace(self, Self::sized(chunks, self.keys));
        for bucket in old.chunks.iter().flat_map(|chunk| &chunk.0) {
            if let [only] = &*bucket.entries {
                let new = self.own(only.key);
                if new.entries.is_empty() {
                    *new = Arc::clone(bucket);
                    continue;
                }
            }
            for entry in &bucket.entries {
                self.fill(entry.key, entry.rows.clone());
            }
        }
    }
}

/// A version of the table, to find keys that have one row in as few instructions as can be.
#[derive(Debug)]
pub(super) struct Quick<V> {
    multiplier: u64,
    /// As in [`Exact`], but in a box, whose address is that of its first word.
    chunks: Box<[Arc<Chunk<V>>]>,
}

impl<V> Exact<V> {
    /// This version, to find keys quickly. Takes as long as there are chunks.
    pub(super) fn quick(&self) -> Quick<V> {
        Quick { multiplier: self.multiplier, chunks: self.chunks.iter().cloned().collect() }
    }
}

impl<V> Quick<V> {
    /// The slot of the only row of `key`; none, or one that no row has, where there is none, or there are several, or the key
    /// lies behind another one.
    #[inline(always)]
    pub(super) fn find_only(&self, key: u64) -> Option<u64> {
        let (chunk, place) = place(key.wrapping_mul(self.multiplier), self.chunks.len());
        let bucket = &self.chunks.get(chunk)?.0[place];
        // Both are read, as a pair, and one is chosen: fewer instructions than a branch has.
        Some(select_unpredictable(bucket.key == key, bucket.only, NO_SLOT))
    }
}

/// The chunk, of so many, and the bucket in it for a hash.
#[inline(always)]
fn place(hash: u64, chunks: usize) -> (usize, usize) {
    // The first bits of the hash, which depend on all bits of the key, number the chunk, and those behind them the
    // bucket in it. For a power of two this is what shifts would do, in fewer instructions.
    let [chunk, behind] = halves(u128::from(hash) * chunks as u128);
    (chunk as usize, (behind >> (u64::BITS - BUCKETS.ilog2())) as usize)
}

/// The upper and the lower half of `wide`.
#[inline]
const fn halves(wide: u128) -> [u64; 2] {
    [(wide >> u64::BITS) as u64, wide as u64]
}

impl<V: Slotted> Bucket<V> {
    fn of(entries: Box<[Entry<V>]>) -> Self {
        let (key, only) = match entries.first() {
            Some(Entry { key, rows }) if let [only] = &**rows => (*key, only.value.slot().into()),
            Some(Entry { key, .. }) => (*key, NO_SLOT),
            None => (0, NO_SLOT),
        };
        Self { key, only, entries }
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec;
    use alloc::vec::Vec;

    use super::{BUCKETS, Exact, MULTIPLIER, NO_SLOT};
    use crate::index::Row;

    fn row(label: u64) -> Row<u64> {
        Row { label, value: label }
    }

    fn table(keys: impl IntoIterator<Item = u64>) -> Exact<u64> {
        let mut table = Exact::new();
        keys.into_iter().for_each(|key| table.set(key, vec![row(key)]));
        table
    }

    /// Keys whose hashes are 0, 1, 2 and so on: they all go to the first bucket of any table.
    fn colliding() -> impl Iterator<Item = u64> {
        let inverse = 0xf1de_83e1_9937_733d_u64;
        assert_eq!(inverse.wrapping_mul(MULTIPLIER), 1);
        (0..).map(move |hash| inverse.wrapping_mul(hash))
    }

    #[test]
    fn keys_of_one_bucket_are_told_apart() {
        let keys: Vec<u64> = colliding().take(20).collect();
        let mut table = table(keys.iter().copied());
        assert!(keys.iter().all(|key| table.find(*key) == [row(*key)]));
        assert!(colliding().skip(20).take(20).all(|key| table.find(key).is_empty()));
        for (gone, key) in keys.iter().enumerate() {
            table.set(*key, Vec::new());
            let (removed, kept) = keys.split_at(gone + 1);
            assert!(removed.iter().all(|key| table.find(*key).is_empty()));
            let quick = table.quick();
            let found = |key: &u64| quick.find_only(*key).unwrap_or(NO_SLOT);
            assert!(kept.iter().all(|key| [NO_SLOT, *key & 0xffff_ffff].contains(&found(key))));
            assert!(removed.iter().all(|key| found(key) == NO_SLOT));
        }
        assert!(table.is_empty());
    }

    #[test]
    fn a_key_that_has_gone_leaves_nothing_behind() {
        let mut table = table([0]);
        for key in 1..4 * BUCKETS as u64 {
            table.set(key, vec![row(key)]);
            table.set(key, Vec::new());
        }
        let buckets = || table.chunks.iter().flat_map(|chunk| &chunk.0);
        let empty: Vec<_> = buckets().filter(|bucket| bucket.entries.is_empty()).collect();
        assert_eq!(empty.len(), BUCKETS - 1);
        assert!(empty.iter().all(|bucket| Arc::ptr_eq(bucket, &table.none)));
    }

    #[test]
    fn all_keys_are_found_while_a_table_grows_and_shrinks() {
        let mut table = table([]);
        for key in 0..1_000 {
            table.set(key, vec![row(key)]);
            assert!((0..=key).all(|key| table.find(key) == [row(key)]));
            assert!(table.keys * 2 <= table.chunks.len() * BUCKETS);
        }
        for key in 0..1_000 {
            table.set(key, Vec::new());
            assert!((0..=key).all(|key| table.find(key).is_empty()));
            assert!((key + 1..1_000).all(|key| table.find(key) == [row(key)]));
        }
        assert_eq!((table.keys, table.chunks.len()), (0, 1));
    }

    #[test]
    fn a_change_makes_one_chunk_anew_and_leaves_the_old_version_as_it_was() {
        let old = table(0..1_000);
        let mut new = old.clone();
        new.set(1_000, vec![row(1_000)]);
        let fresh = new.chunks.iter().zip(&*old.chunks).filter(|(new, old)| !Arc::ptr_eq(new, old));
        assert_eq!(fresh.count(), 1);
        assert!(old.find(1_000).is_empty());
        assert_eq!(new.find(1_000), [row(1_000)]);
    }

    #[test]
    fn keys_in_even_steps_of_any_size_are_spread_over_the_buckets() {
        for bits in 0..=54 {
            let table = table((0..1_000).map(|key| key << bits));
            let buckets = table.chunks.iter().flat_map(|chunk| &chunk.0);
            let longest = buckets.map(|bucket| bucket.entries.len()).max();
            assert!(longest <= Some(4), "{longest:?} in a bucket for steps of 2^{bits}");
        }
    }
}
