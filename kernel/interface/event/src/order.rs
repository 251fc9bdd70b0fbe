//! Order: where among the handlers of an event a new one goes.
//!
//! Two things decide: the newcomer's rank (its place when nothing else is said) and its constraints (whom it must run
//! before, whom after). Constraints are always kept, those of the newcomer and those of everyone there; a rank is kept
//! as far as they let it be. Nobody there moves unless the constraints demand it, and those who move keep their order
//! among themselves.
//!
//! A constraint ends with either of the two it is between: what followed from it by way of one that is gone, is gone.
//!
//! This file knows neither events nor handlers, only names in a row. The repair of an order by shifting what lies
//! between two misplaced ends is that of Pearce and Kelly, "A dynamic topological sort algorithm for directed acyclic
//! graphs", ACM JEA 11, 2006; here with one newcomer between the two ends.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

/// Where a handler goes as far as constraints allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rank {
    /// In front of all that are there.
    First,
    /// Behind all that are there but those of rank `Last` at the end.
    #[default]
    Ordinary,
    /// Behind all that are there.
    Last,
}

/// What one asks of its place.
#[derive(Clone, Debug)]
pub(crate) struct Wish<K> {
    pub(crate) rank: Rank,
    /// Who must come later.
    pub(crate) before: Vec<K>,
    /// Who must come earlier.
    pub(crate) after: Vec<K>,
}

impl<K> Default for Wish<K> {
    fn default() -> Self {
        Self { rank: Rank::default(), before: Vec::new(), after: Vec::new() }
    }
}

/// Why there is no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Disorder<K> {
    /// A constraint names one that is not there.
    Missing(K),
    /// The newcomer would have to run before itself: by way of these, each of which must come before the next.
    Cycle(Vec<K>),
}

/// The place of a newcomer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    at: usize,
    /// Who lies in front of `at` and has to come behind the newcomer, in ascending order.
    moved: Vec<usize>,
}

impl Spot {
    /// Puts `newcomer` there.
    pub(crate) fn fill<T>(self, row: &mut Vec<T>, newcomer: T) {
        let at = self.at - self.moved.len();
        let mut moved: Vec<T> = self.moved.iter().rev().map(|&index| row.remove(index)).collect();
        moved.extend([newcomer]);
        row.splice(at..at, moved.into_iter().rev());
    }
}

/// Finds the place of one with `wish` in the row of those `present`.
///
/// # Errors
/// [`Disorder`] when the constraints name somebody who is absent, or can not all be kept.
pub(crate) fn place<'a, K: Copy + Ord + 'a>(
    present: impl ExactSizeIterator<Item = (K, &'a Wish<K>)> + DoubleEndedIterator + Clone,
    wish: &Wish<K>,
) -> Result<Spot, Disorder<K>> {
    let preferred = match wish.rank {
        Rank::First => 0,
        Rank::Ordinary => {
            present.clone().rposition(|(_, other)| other.rank != Rank::Last).map_or(0, |at| at + 1)
        }
        Rank::Last => present.len(),
    };
    if wish.before.is_empty() && wish.after.is_empty() {
        return Ok(Spot { at: preferred, moved: Vec::new() });
    }
    let followers = Followers::of(present.clone());
    let ahead = followers.find(&wish.after)?;
    let behind = followers.reach(&followers.find(&wish.before)?);
    if let Some(&end) = ahead.iter().find(|&&at| behind[at].is_some()) {
        let names: Vec<K> = present.map(|(name, _)| name).collect();
        return Err(Disorder::Cycle(path(&behind, end).into_iter().map(|at| names[at]).collect()));
    }
    let earliest = ahead.iter().max().map_or(0, |last| last + 1);
    let latest = behind.iter().position(Option::is_some).unwrap_or(present.len());
    if earliest <= latest {
        return Ok(Spot { at: preferred.clamp(earliest, latest), moved: Vec::new() });
    }
    let moved = (latest..earliest).filter(|&at| behind[at].is_some()).collect();
    Ok(Spot { at: earliest, moved })
}

/// By which one somebody was reached; the first of a path by itself.
type Reached = Vec<Option<usize>>;

/// The way to `end`, from its first to `end` itself.
fn path(reached: &Reached, end: usize) -> Vec<usize> {
    let mut way = vec![end];
    let mut at = end;
    while let Some(from) = reached[at].filter(|&from| from != at) {
        way.extend([from]);
        at = from;
    }
    way.reverse();
    way
}

/// The constraints between those who are there.
struct Followers<K> {
    places: BTreeMap<K, usize>,
    /// For each, who must come later.
    later: Vec<Vec<usize>>,
}

impl<K: Copy + Ord> Followers<K> {
    fn of<'a>(present: impl ExactSizeIterator<Item = (K, &'a Wish<K>)> + Clone) -> Self
    where
        K: 'a,
    {
        // One by one: `collect` would sort them before, which is code for one more type.
        let mut places = BTreeMap::new();
        places.extend(present.clone().enumerate().map(|(at, (name, _))| (name, at)));
        let mut later = vec![Vec::new(); present.len()];
        for (at, (_, wish)) in present.enumerate() {
            later[at].extend(wish.before.iter().filter_map(|name| places.get(name)));
            for &earlier in wish.after.iter().filter_map(|name| places.get(name)) {
                later[earlier].extend([at]);
            }
        }
        Self { places, later }
    }

    fn find(&self, names: &[K]) -> Result<Vec<usize>, Disorder<K>> {
        names.iter().map(|name| self.places.get(name).copied().ok_or(Disorder::Missing(*name))).collect()
    }

    /// Who must come no earlier than one of `starts`; the shortest way is kept.
    fn reach(&self, starts: &[usize]) -> Reached {
        let mut reached: Reached = vec![None; self.later.len()];
        let mut queue = Vec::new();
        for &start in starts {
            if reached[start].replace(start).is_none() {
                queue.extend([start]);
            }
        }
        let mut next = 0;
        while let Some(&at) = queue.get(next) {
            next += 1;
            for &follower in &self.later[at] {
                if reached[follower].is_none() {
                    reached[follower] = Some(at);
                    queue.extend([follower]);
                }
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::{Disorder, Rank, Wish, place};

    /// Names in their order, each with what it asked for.
    #[derive(Default)]
    struct Row(Vec<(u8, Wish<u8>)>);

    impl Row {
        fn add(&mut self, name: u8, wish: Wish<u8>) -> Result<(), Disorder<u8>> {
            let spot = place(self.0.iter().map(|(name, wish)| (*name, wish)), &wish)?;
            spot.fill(&mut self.0, (name, wish));
            Ok(())
        }

        fn of(wishes: impl IntoIterator<Item = (u8, Wish<u8>)>) -> Self {
            let mut row = Self::default();
            wishes.into_iter().for_each(|(name, wish)| row.add(name, wish).expect("a place"));
            row
        }

        fn names(&self) -> Vec<u8> {
            self.0.iter().map(|(name, _)| *name).collect()
        }

        /// All constraints between those present, as (earlier, later).
        fn constraints(&self) -> Vec<(u8, u8)> {
            let names = self.names();
            let of = |(name, wish): &(u8, Wish<u8>)| {
                let name = *name;
                let before = wish.before.iter().map(move |other| (name, *other));
                before.chain(wish.after.iter().map(move |other| (*other, name))).collect::<Vec<_>>()
            };
            let all = self.0.iter().flat_map(of);
            all.filter(|(one, other)| names.contains(one) && names.contains(other)).collect()
        }
    }

    fn ranked(rank: Rank) -> Wish<u8> {
        Wish { rank, ..Wish::default() }
    }

    fn between(after: &[u8], before: &[u8]) -> Wish<u8> {
        Wish { rank: Rank::Ordinary, before: before.into(), after: after.into() }
    }

    #[test]
    fn the_newest_first_comes_first_and_the_newest_last_comes_last() {
        let ranks = [Rank::Ordinary, Rank::Last, Rank::First, Rank::Ordinary, Rank::Last, Rank::First];
        let row = Row::of((0..).zip(ranks.map(ranked)));
        assert_eq!(row.names(), [5, 2, 0, 3, 1, 4]);
    }

    #[test]
    fn a_constraint_moves_the_newcomer_and_nobody_else() {
        let plain = || (0..4).map(|name| (name, Wish::default()));
        assert_eq!(Row::of(plain().chain([(9, between(&[], &[2]))])).names(), [0, 1, 9, 2, 3]);
        assert_eq!(Row::of(plain().chain([(9, between(&[1], &[2]))])).names(), [0, 1, 9, 2, 3]);
        assert_eq!(Row::of(plain().chain([(9, between(&[1], &[]))])).names(), [0, 1, 2, 3, 9]);
        let first = Wish { rank: Rank::First, ..between(&[1], &[]) };
        assert_eq!(Row::of(plain().chain([(9, first)])).names(), [0, 1, 9, 2, 3]);
    }

    #[test]
    fn who_stands_where_a_constraint_forbids_makes_way_with_all_that_follow_it() {
        let mut row = Row::of((0..4).map(|name| (name, Wish::default())));
        row.add(4, between(&[0], &[3])).expect("a place");
        assert_eq!(row.names(), [0, 1, 2, 4, 3]);
        // 0 must come behind the newcomer, and so must 4, which follows 0.
        row.add(9, between(&[2], &[0])).expect("a place");
        assert_eq!(row.names(), [1, 2, 9, 0, 4, 3]);
    }

    #[test]
    fn a_cycle_is_refused_and_named_along_the_way() {
        let mut row = Row::of([(0, Wish::default()), (1, between(&[0], &[])), (2, between(&[1], &[]))]);
        assert_eq!(row.add(9, between(&[2], &[0])), Err(Disorder::Cycle(vec![0, 1, 2])));
        assert_eq!(row.add(9, between(&[1], &[1])), Err(Disorder::Cycle(vec![1])));
        assert_eq!(row.names(), [0, 1, 2]);
    }

    #[test]
    fn a_constraint_on_one_who_is_absent_is_refused() {
        let mut row = Row::of([(0, Wish::default())]);
        assert_eq!(row.add(9, between(&[], &[7])), Err(Disorder::Missing(7)));
        assert_eq!(row.add(9, between(&[7], &[])), Err(Disorder::Missing(7)));
    }

    /// The model: whether `from` must come before `to`, by trying all ways.
    fn must_precede(constraints: &[(u8, u8)], from: u8, to: u8, steps: usize) -> bool {
        let next = |&(one, other): &(u8, u8)| {
            one == from && (other == to || must_precede(constraints, other, to, steps - 1))
        };
        steps > 0 && constraints.iter().any(next)
    }

    fn wishes() -> impl Strategy<Value = Vec<Wish<u8>>> {
        let rank = prop_oneof![Just(Rank::First), Just(Rank::Ordinary), Just(Rank::Last)];
        let names = || prop::collection::vec(0..8_u8, 0..3);
        let wish = (rank, names(), names()).prop_map(|(rank, before, after)| Wish { rank, before, after });
        prop::collection::vec(wish, 1..8)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_row_keeps_all_constraints_or_refuses_with_a_reason(wishes in wishes(), gone in 0..8_u8) {
            let mut row = Row::default();
            for (name, mut wish) in (0..).zip(wishes) {
                // Mostly those who are there: one constraint in a while stays that names an absent one.
                wish.before.retain(|other| *other < name || *other == 7);
                wish.after.retain(|other| *other < name);
                if name == 5 {
                    row.0.retain(|(name, _)| *name != gone);
                }
                let old = row.names();
                let newcomer = [wish.before.iter().map(|other| (name, *other)).collect::<Vec<_>>(),
                    wish.after.iter().map(|other| (*other, name)).collect()].concat();
                let constraints = [row.constraints(), newcomer].concat();
                let missing = wish.before.iter().chain(&wish.after).any(|other| !old.contains(other));
                let circular = must_precede(&constraints, name, name, 9);
                match row.add(name, wish.clone()) {
                    Ok(()) => {
                        prop_assert!(!missing && !circular);
                        let new = row.names();
                        let at = |name| new.iter().position(|other| *other == name).expect("present");
                        for (one, other) in &constraints {
                            prop_assert!(at(*one) < at(*other), "{one} before {other} in {new:?}");
                        }
                        // A newcomer that fits in somewhere makes nobody move.
                        let fits = (0..=old.len()).any(|gap| {
                            wish.after.iter().all(|other| old[..gap].contains(other))
                                && wish.before.iter().all(|other| old[gap..].contains(other))
                        });
                        let rest: Vec<u8> = new.into_iter().filter(|other| *other != name).collect();
                        prop_assert_eq!(fits, rest == old);
                    }
                    Err(Disorder::Missing(other)) => prop_assert!(missing && !old.contains(&other)),
                    Err(Disorder::Cycle(cycle)) => {
                        prop_assert!(circular && !missing);
                        let closed = [&[name][..], &cycle, &[name]].concat();
                        for pair in closed.windows(2) {
                            prop_assert!(constraints.contains(&(pair[0], pair[1])), "{closed:?}");
                        }
                        prop_assert_eq!(row.names(), old);
                    }
                }
            }
        }
    }
}
