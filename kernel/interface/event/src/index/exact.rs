//! Exact: from a key to the rows that name it.
//!
//! A hash table in two levels: chunks of so many buckets each, and the array of all chunks. A change copies one chunk
//! and the array, and shares the other chunks with the version it came from.
//!
//! Invariants:
//! - There are no more keys than half as many as buckets, nor (but in the smallest table) less than an eighth. When a
//!   change would break that, all keys move to a table of twice or half as many buckets; enough changes lie between
//!   two such moves to pay for them.
//! - A key is there as long as it has rows.
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
use core::{array, iter, mem};

use super::Row;

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
}

/// Some buckets side by side.
#[derive(Clone, Debug)]
struct Chunk<V>([Option<Arc<Bucket<V>>>; BUCKETS]);

/// The keys of one hash, mostly a single one. The others are no linked list: to drop one takes a stack as deep as it is
/// long.
#[derive(Debug)]
struct Bucket<V> {
    first: Entry<V>,
    others: Box<[Entry<V>]>,
}

/// A key and the rows that name it.
#[derive(Clone, Debug)]
struct Entry<V> {
    key: u64,
    rows: Box<[Row<V>]>,
}

impl<V: Clone> Exact<V> {
    /// A table of no keys.
    pub(super) fn new() -> Self {
        Self::sized(0, 0)
    }

    /// A table of so many chunks, with nothing in it but room for `keys`.
    fn sized(chunks: usize, keys: usize) -> Self {
        // All of them are one, until something is put there.
        let empty = Arc::new(Chunk(array::from_fn(|_| None)));
        let chunks = if chunks == 0 { Arc::default() } else { iter::repeat_n(empty, chunks).collect() };
        Self { multiplier: MULTIPLIER, chunks, keys }
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
        let Some(bucket) = &chunk.0[place] else { return &[] };
        if bucket.first.key == key { &bucket.first.rows } else { bucket.find_behind(key) }
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
        let hash = key.wrapping_mul(self.multiplier);
        // The first bits of the hash, which depend on all bits of the key, number the chunk, and those behind them the
        // bucket in it. For a power of two this is what shifts would do, in fewer instructions.
        let [chunk, behind] = halves(u128::from(hash) * self.chunks.len() as u128);
        (chunk as usize, (behind >> (u64::BITS - BUCKETS.ilog2())) as usize)
    }

    /// The bucket where `key` belongs, in chunks that no other version has.
    fn own(&mut self, key: u64) -> &mut Option<Arc<Bucket<V>>> {
        let (chunk, place) = self.place(key);
        &mut Arc::make_mut(&mut Arc::make_mut(&mut self.chunks)[chunk]).0[place]
    }

    fn fill(&mut self, key: u64, rows: Box<[Row<V>]>) {
        let bucket = self.own(key);
        let others = bucket.iter().flat_map(|bucket| bucket.entries()).filter(|entry| entry.key != key);
        let newest = (!rows.is_empty()).then_some(Entry { key, rows });
        let new = Bucket::of(newest.into_iter().chain(others.cloned()));
        *bucket = new;
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
        for bucket in old.chunks.iter().flat_map(|chunk| chunk.0.iter().flatten()) {
            let new = self.own(bucket.first.key);
            if new.is_none() && bucket.others.is_empty() {
                *new = Some(Arc::clone(bucket));
                continue;
            }
            for entry in bucket.entries() {
                self.fill(entry.key, entry.rows.clone());
            }
        }
    }
}

/// The upper and the lower half of `wide`.
#[inline]
const fn halves(wide: u128) -> [u64; 2] {
    [(wide >> u64::BITS) as u64, wide as u64]
}

impl<V> Bucket<V> {
    fn of(mut entries: impl Iterator<Item = Entry<V>>) -> Option<Arc<Self>> {
        let first = entries.next()?;
        Some(Arc::new(Self { first, others: entries.collect() }))
    }

    fn entries(&self) -> impl Iterator<Item = &Entry<V>> {
        iter::once(&self.first).chain(&self.others)
    }

    /// The rows of `key`, which is not the first. Not inlined: it is seldom needed, and a raise is better small.
    #[inline(never)]
    fn find_behind(&self, key: u64) -> &[Row<V>] {
        self.others.iter().find(|entry| entry.key == key).map_or(&[], |entry| &entry.rows)
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec;
    use alloc::vec::Vec;

    use super::{BUCKETS, Exact, MULTIPLIER};
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
            assert!(kept.iter().all(|key| table.find(*key) == [row(*key)]));
        }
        assert!(table.is_empty());
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
            let buckets = table.chunks.iter().flat_map(|chunk| chunk.0.iter().flatten());
            let longest = buckets.map(|bucket| bucket.entries().count()).max();
            assert!(longest <= Some(4), "{longest:?} in a bucket for steps of 2^{bits}");
        }
    }
}
