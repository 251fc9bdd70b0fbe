//! The index against a reference model: all rows in a vector, each asked in turn.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::{Index, Row};
use crate::pattern::Pattern;

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    /// Insert a row, unless the label is taken.
    Insert(u8, Pattern),
    /// Remove the row at this place among those there are.
    Remove(prop::sample::Index),
    /// Give all rows new labels, in the same order.
    Relabel,
}

/// Keys close to each other, at both ends, and such that their hashes are close.
fn key() -> impl Strategy<Value = u64> {
    let hash_is_small = |hash: u64| hash.wrapping_mul(0xf1de_83e1_9937_733d);
    prop_oneof![
        4 => 0..40_u64,
        2 => (0..10_u64).prop_map(|back| u64::MAX - back),
        2 => (0..10_u64).prop_map(hash_is_small),
        2 => (0..4_u64, 0..4_u64).prop_map(|(high, low)| high << 60 | low),
        1 => any::<u64>(),
    ]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let bits = prop_oneof![Just(0), Just(64), 1..8_u32, 58..64_u32, 0..=64_u32];
    let range = |one: u64, other: u64| Pattern::range(one.min(other)..=one.max(other));
    prop_oneof![
        4 => key().prop_map(Pattern::equal),
        2 => prop::collection::vec(key(), 1..30).prop_map(|keys| Pattern::one_of(keys).expect("keys")),
        2 => (key(), key()).prop_map(move |(one, other)| range(one, other).expect("a range")),
        2 => (key(), bits).prop_map(|(key, bits)| Pattern::longest_prefix(key, bits).expect("a prefix")),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (any::<u8>(), pattern()).prop_map(|(label, pattern)| Step::Insert(label, pattern)),
        6 => any::<prop::sample::Index>().prop_map(Step::Remove),
        1 => Just(Step::Relabel),
    ]
}

/// All rows, in ascending order of labels.
#[derive(Clone, Default)]
struct Model(Vec<(u64, Pattern, usize)>);

impl Model {
    fn insert(&mut self, label: u64, pattern: &Pattern, value: usize) -> bool {
        let place = self.0.binary_search_by_key(&label, |(label, ..)| *label);
        let is_new = place.is_err();
        if let Err(at) = place {
            self.0.insert(at, (label, pattern.clone(), value));
        }
        is_new
    }

    fn find(&self, key: u64) -> (Vec<Row<usize>>, Vec<Row<usize>>) {
        let holding: Vec<_> = self.0.iter().filter(|(_, pattern, _)| pattern.holds(key)).collect();
        let longest = holding.iter().filter_map(|(_, pattern, _)| pattern.prefix_bits()).max();
        let counts = |pattern: &Pattern| pattern.prefix_bits().is_none_or(|bits| Some(bits) == longest);
        let rows = |is_span: bool| {
            let is_meant = |pattern: &Pattern| pattern.ends().is_some() == is_span && counts(pattern);
            let meant = holding.iter().filter(|(_, pattern, _)| is_meant(pattern));
            meant.map(|(label, _, value)| Row { label: *label, value: *value }).collect()
        };
        (rows(false), rows(true))
    }

    /// The keys at which something may change, and those beside them.
    fn telling_keys(&self) -> Vec<u64> {
        let named = self.0.iter().flat_map(|(_, pattern, _)| pattern.keys().iter().copied());
        let ends = self.0.iter().filter_map(|(_, pattern, _)| pattern.ends());
        let all = named.chain(ends.flat_map(|(first, last)| [first, last])).chain([0, u64::MAX]);
        all.flat_map(|key| [key.wrapping_sub(1), key, key.wrapping_add(1)]).collect()
    }
}

/// Whether `index` answers as `model`, at the telling keys and at `more`.
fn agree(index: &Index<usize>, model: &Model, more: &[u64]) -> Result<(), TestCaseError> {
    prop_assert_eq!(index.is_empty(), model.0.is_empty());
    for key in model.telling_keys().into_iter().chain(more.iter().copied()) {
        let found = index.find(key);
        let expected = model.find(key);
        prop_assert_eq!((found.exact, found.spans), (&*expected.0, &*expected.1), "at {:#x}", key);
    }
    Ok(())
}

/// Takes a step in both; the index becomes a new version.
fn take(step: Step, index: &Index<usize>, model: &mut Model, value: usize) -> Index<usize> {
    match step {
        Step::Insert(label, pattern) => {
            // Labels apart, as an order leaves room between them, and up to the greatest.
            let label = u64::MAX - (u64::from(label) << 50);
            let is_new = model.insert(label, &pattern, value);
            if is_new { index.insert(label, &pattern, value) } else { index.clone() }
        }
        Step::Remove(_) if model.0.is_empty() => index.remove(7, &Pattern::equal(7)),
        Step::Remove(at) => {
            let (label, pattern, _) = model.0.remove(at.index(model.0.len()));
            index.remove(label, &pattern)
        }
        Step::Relabel => {
            (0..).zip(&mut model.0).for_each(|(place, row)| row.0 = place << 8);
            let rows = model.0.iter().rev().map(|(label, pattern, value)| (*label, pattern, *value));
            Index::rebuild(rows)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_finds_what_holds_and_no_version_ever_changes(
        steps in prop::collection::vec(step(), 1..40),
        probes in prop::collection::vec(key(), 20),
    ) {
        let mut versions = Vec::from([(Index::new(), Model::default())]);
        for (value, step) in steps.into_iter().enumerate() {
            let (index, model) = versions.last().expect("the first version");
            let mut model = model.clone();
            let index = take(step, index, &mut model, value);
            agree(&index, &model, &probes)?;
            versions.push((index, model));
        }
        // Newest first: the old ones have to live without those made from them.
        while let Some((index, model)) = versions.pop() {
            agree(&index, &model, &probes)?;
        }
    }
}
