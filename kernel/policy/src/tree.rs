//! Tree: the requests of one core by deadline, of which the first that has begun is found fast.
//!
//! A balanced search tree (Adelson-Velsky & Landis 1962) over deadline and name. Each entry also knows when its
//! request begins, and the earliest beginning in the subtree below it, so one walk down finds the earliest deadline
//! among those that have begun.
//!
//! *Invariants.* The subtrees of an entry differ in height by one at most, so the tree is no higher than 1.45 times
//! the logarithm of its size, and no walk or recursion is deeper. An entry keeps its allocation while it is not in
//! the tree: going in and out neither allocates nor frees.
//!
//! Pure: it does not know in what unit times are, nor which time it is.

use alloc::boxed::Box;
use core::cmp::Ordering;

/// A request of one member.
#[derive(Debug)]
pub(crate) struct Entry<T, Id> {
    deadline: T,
    id: Id,
    begin: T,
    /// The earliest beginning here and below.
    earliest: T,
    height: u8,
    left: Link<T, Id>,
    right: Link<T, Id>,
}

type Link<T, Id> = Option<Box<Entry<T, Id>>>;

/// Requests by deadline; those with the same one by name.
#[derive(Debug)]
pub(crate) struct Tree<T, Id> {
    root: Link<T, Id>,
}

impl<T: Copy + Ord, Id: Copy + Ord> Tree<T, Id> {
    /// A tree without entries; allocates nothing.
    pub(crate) const fn new() -> Self {
        Self { root: None }
    }

    /// Puts a request in. A member may have one at a time.
    pub(crate) fn insert(&mut self, mut entry: Box<Entry<T, Id>>, begin: T, deadline: T) {
        entry.begin = begin;
        entry.deadline = deadline;
        entry.refresh();
        self.root = Some(insert(self.root.take(), entry));
    }

    /// Takes the request of `id` with this deadline out, if it is there.
    pub(crate) fn remove(&mut self, deadline: T, id: Id) -> Option<Box<Entry<T, Id>>> {
        let (rest, entry) = remove(self.root.take(), (deadline, id));
        self.root = rest;
        entry
    }

    /// Whose deadline is earliest.
    pub(crate) fn first(&self) -> Option<Id> {
        let mut at = self.root.as_deref()?;
        while let Some(left) = at.left.as_deref() {
            at = left;
        }
        Some(at.id)
    }

    /// Whose deadline is earliest of the requests that begin at `now` or before.
    pub(crate) fn first_begun(&self, now: T) -> Option<Id> {
        let has_begun = |entry: &&Entry<T, Id>| entry.earliest <= now;
        let mut at = self.root.as_deref().filter(has_begun)?;
        loop {
            if let Some(left) = at.left.as_deref().filter(has_begun) {
                at = left;
            } else if at.begin <= now {
                return Some(at.id);
            } else {
                at = at.right.as_deref().filter(has_begun)?;
            }
        }
    }
}

impl<T: Copy + Ord, Id: Copy + Ord> Entry<T, Id> {
    /// An entry of `id` that is in no tree yet. The time is any.
    pub(crate) fn new(id: Id, time: T) -> Box<Self> {
        Box::new(Self { deadline: time, id, begin: time, earliest: time, height: 1, left: None, right: None })
    }

    fn key(&self) -> (T, Id) {
        (self.deadline, self.id)
    }

    /// Works out again what is known of the subtree.
    fn refresh(&mut self) {
        let below = [self.left.as_deref(), self.right.as_deref()];
        self.height = height(&self.left).max(height(&self.right)).saturating_add(1);
        self.earliest = below.into_iter().flatten().map(|entry| entry.earliest).fold(self.begin, T::min);
    }
}

fn height<T, Id>(link: &Link<T, Id>) -> u8 {
    link.as_deref().map_or(0, |entry| entry.height)
}

fn insert<T: Copy + Ord, Id: Copy + Ord>(link: Link<T, Id>, new: Box<Entry<T, Id>>) -> Box<Entry<T, Id>> {
    let Some(mut entry) = link else { return new };
    if new.key() < entry.key() {
        entry.left = Some(insert(entry.left.take(), new));
    } else {
        entry.right = Some(insert(entry.right.take(), new));
    }
    balance(entry)
}

/// What is left, and what was taken out.
fn remove<T: Copy + Ord, Id: Copy + Ord>(link: Link<T, Id>, key: (T, Id)) -> (Link<T, Id>, Link<T, Id>) {
    let Some(mut entry) = link else { return (None, None) };
    let taken = match key.cmp(&entry.key()) {
        Ordering::Less => {
            let (rest, taken) = remove(entry.left.take(), key);
            entry.left = rest;
            taken
        }
        Ordering::Greater => {
            let (rest, taken) = remove(entry.right.take(), key);
            entry.right = rest;
            taken
        }
        Ordering::Equal => {
            let rest = join(entry.left.take(), entry.right.take());
            return (rest, Some(entry));
        }
    };
    (Some(balance(entry)), taken)
}

/// One tree of the two on either side of an entry that goes: the first on the right takes its place.
fn join<T: Copy + Ord, Id: Copy + Ord>(left: Link<T, Id>, right: Link<T, Id>) -> Link<T, Id> {
    let Some(right) = right else { return left };
    let (rest, mut first) = take_first(right);
    first.left = left;
    first.right = rest;
    Some(balance(first))
}

fn take_first<T: Copy + Ord, Id: Copy + Ord>(
    mut entry: Box<Entry<T, Id>>,
) -> (Link<T, Id>, Box<Entry<T, Id>>) {
    let Some(left) = entry.left.take() else { return (entry.right.take(), entry) };
    let (rest, first) = take_first(left);
    entry.left = rest;
    (Some(balance(entry)), first)
}

/// The same entries with heights that differ by one at most; they may differ by two before.
fn balance<T: Copy + Ord, Id: Copy + Ord>(mut entry: Box<Entry<T, Id>>) -> Box<Entry<T, Id>> {
    let (left, right) = (height(&entry.left), height(&entry.right));
    if left > right.saturating_add(1) {
        let leans_in = |below: &Entry<T, Id>| height(&below.left) < height(&below.right);
        entry.left = entry.left.take().map(|below| if leans_in(&below) { rotate_left(below) } else { below });
        rotate_right(entry)
    } else if right > left.saturating_add(1) {
        let leans_in = |below: &Entry<T, Id>| height(&below.right) < height(&below.left);
        entry.right =
            entry.right.take().map(|below| if leans_in(&below) { rotate_right(below) } else { below });
        rotate_left(entry)
    } else {
        entry.refresh();
        entry
    }
}

fn rotate_right<T: Copy + Ord, Id: Copy + Ord>(mut entry: Box<Entry<T, Id>>) -> Box<Entry<T, Id>> {
    let Some(mut top) = entry.left.take() else { return entry };
    entry.left = top.right.take();
    entry.refresh();
    top.right = Some(entry);
    top.refresh();
    top
}

fn rotate_left<T: Copy + Ord, Id: Copy + Ord>(mut entry: Box<Entry<T, Id>>) -> Box<Entry<T, Id>> {
    let Some(mut top) = entry.right.take() else { return entry };
    entry.right = top.left.take();
    entry.refresh();
    top.left = Some(entry);
    top.refresh();
    top
}

#[cfg(test)]
mod tests {
    use super::{Entry, Link, Tree, height};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::vec::Vec;

    /// Entries in their order; panics where one is out of balance or knows its subtree wrongly.
    fn walk(link: &Link<u32, u32>, into: &mut Vec<(u32, u32, u32)>) -> Option<u32> {
        let entry = link.as_deref()?;
        assert!(height(&entry.left).abs_diff(height(&entry.right)) <= 1);
        assert_eq!(entry.height, height(&entry.left).max(height(&entry.right)) + 1);
        let left = walk(&entry.left, into);
        into.push((entry.deadline, entry.id, entry.begin));
        let right = walk(&entry.right, into);
        let earliest = [left, right, Some(entry.begin)].into_iter().flatten().min();
        assert_eq!(Some(entry.earliest), earliest);
        earliest
    }

    proptest! {
        #[test]
        fn it_is_balanced_and_finds_what_a_search_of_all_finds(
            steps in prop::collection::vec((any::<bool>(), 0..40_u32, 0..20_u32, 0..20_u32), 0..200),
            now in 0..20_u32,
        ) {
            let (mut tree, mut model) = (Tree::new(), BTreeMap::new());
            for (is_insert, id, begin, deadline) in steps {
                let was = model.remove(&id);
                let taken = was.and_then(|(_, deadline)| tree.remove(deadline, id));
                prop_assert_eq!(taken.is_some(), was.is_some());
                prop_assert!(tree.remove(deadline, id).is_none());
                if is_insert {
                    tree.insert(taken.unwrap_or_else(|| Entry::new(id, 0)), begin, deadline);
                    model.insert(id, (begin, deadline));
                }
                let mut all = Vec::new();
                walk(&tree.root, &mut all);
                let mut sorted: Vec<_> = model.iter().map(|(id, (begin, deadline))| (*deadline, *id, *begin)).collect();
                sorted.sort_unstable();
                prop_assert_eq!(&all, &sorted);
                prop_assert_eq!(tree.first(), sorted.first().map(|entry| entry.1));
                let begun = sorted.iter().find(|(_, _, begin)| *begin <= now);
                prop_assert_eq!(tree.first_begun(now), begun.map(|entry| entry.1));
            }
        }
    }
}
