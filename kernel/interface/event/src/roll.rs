//! Roll: the bindings of an event in the order in which they run, each with a label that says so.
//!
//! Labels ascend in that order and leave room between each other, so that a binding that comes in the middle needs no
//! other one to change its. Where no room is left all get new ones, and whoever keeps labels has to learn them anew.
//! Labels of order are those of Dietz and Sleator, "Two algorithms for maintaining order in a list", STOC 1987, in their
//! simplest form: spread evenly anew.
//!
//! Knows names and places, not handlers.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::binding::BindingId;
use crate::order::{self, Disorder, Rank};
use crate::record::Record;

/// Room between two labels that were given side by side.
const STEP: u64 = 1 << 32;
/// Where ordinary bindings begin, so that those that go first have room before them.
const ORDINARY: u64 = 1 << 61;
/// Where those begin that go last.
const LAST: u64 = 1 << 62;

/// Members in their order.
#[derive(Clone)]
pub(crate) struct Roll {
    members: BTreeMap<u64, Arc<Record>>,
    labels: BTreeMap<BindingId, u64>,
}

/// What an entry in the roll has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// One member is there, at this label; all others are where they were.
    At(u64),
    /// Every member may have another label.
    All,
}

impl Roll {
    pub(crate) const fn new() -> Self {
        Self { members: BTreeMap::new(), labels: BTreeMap::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, &Arc<Record>)> + Clone {
        self.members.iter().map(|(label, member)| (*label, member))
    }

    pub(crate) fn get(&self, id: BindingId) -> Option<(u64, &Arc<Record>)> {
        let label = *self.labels.get(&id)?;
        Some((label, self.members.get(&label)?))
    }

    /// Puts a member of the same name in the place of one that is there; says what it put away, and from where.
    pub(crate) fn exchange(&mut self, member: Arc<Record>) -> Option<(u64, Arc<Record>)> {
        let label = *self.labels.get(&member.id())?;
        Some((label, self.members.insert(label, member)?))
    }

    pub(crate) fn remove(&mut self, id: BindingId) -> Option<(u64, Arc<Record>)> {
        let label = self.labels.remove(&id)?;
        Some((label, self.members.remove(&label)?))
    }

    /// Puts a newcomer where it wishes to be.
    ///
    /// # Errors
    /// [`Disorder`] when its wish names somebody who is absent, or can not be kept.
    pub(crate) fn enter(&mut self, member: Arc<Record>) -> Result<Change, Disorder<BindingId>> {
        let wish = &member.wish;
        if !wish.before.is_empty() || !wish.after.is_empty() {
            let mut row: Vec<Arc<Record>> = self.members.values().cloned().collect();
            let present = row.iter().map(|other| (other.id(), &other.wish));
            let spot = order::place(present, wish)?;
            spot.fill(&mut row, member);
            self.relabel(row);
            return Ok(Change::All);
        }
        match self.room_for(wish.rank) {
            Some(label) => {
                self.labels.insert(member.id(), label);
                self.members.insert(label, member);
                Ok(Change::At(label))
            }
            None => {
                let at = self.place_of(wish.rank);
                let mut row: Vec<Arc<Record>> = self.members.values().cloned().collect();
                row.insert(at, member);
                self.relabel(row);
                Ok(Change::All)
            }
        }
    }

    /// A label for a newcomer of that rank, if there is room.
    fn room_for(&self, rank: Rank) -> Option<u64> {
        let first = self.members.keys().next().copied();
        let last = self.members.keys().next_back().copied();
        match rank {
            Rank::First => {
                first.map_or(Some(ORDINARY), |first| first.checked_sub(STEP).filter(|&room| room > 0))
            }
            Rank::Last => Some(last.map_or(LAST, |last| LAST.max(last.saturating_add(STEP))))
                .filter(|room| *room < u64::MAX - STEP),
            Rank::Ordinary => {
                let mut from_the_end = self.members.iter().rev();
                let ahead = from_the_end.find(|(_, other)| other.wish.rank != Rank::Last);
                let low = ahead.map_or(0, |(label, _)| *label);
                let high = self.members.range(low + 1..).next().map_or(u64::MAX, |(label, _)| *label);
                let usual = if low < ORDINARY - STEP { ORDINARY } else { low.saturating_add(STEP) };
                let label = if usual < high { usual } else { low + (high - low) / 2 };
                (label > low && label < high).then_some(label)
            }
        }
    }

    fn place_of(&self, rank: Rank) -> usize {
        match rank {
            Rank::First => 0,
            Rank::Ordinary => {
                let trailing = self.members.values().rev().take_while(|other| other.wish.rank == Rank::Last);
                self.members.len() - trailing.count()
            }
            Rank::Last => self.members.len(),
        }
    }

    fn relabel(&mut self, row: Vec<Arc<Record>>) {
        self.members.clear();
        self.labels.clear();
        let mut label = ORDINARY;
        for member in row {
            if member.wish.rank == Rank::Last && label < LAST {
                label = LAST;
            }
            self.labels.insert(member.id(), label);
            self.members.insert(label, member);
            label += STEP;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec::Vec;

    use super::{Change, Roll};
    use crate::binding::BindingId;
    use crate::order::{Rank, Wish};
    use crate::record::Record;

    fn enter(roll: &mut Roll, rank: Rank) -> (BindingId, Change) {
        let record = Record { wish: Wish { rank, ..Wish::default() }, ..Record::plain() };
        (record.id(), roll.enter(Arc::new(record)).expect("a place"))
    }

    fn names(roll: &Roll) -> Vec<BindingId> {
        roll.iter().map(|(_, member)| member.id()).collect()
    }

    #[test]
    fn newcomers_go_where_their_rank_says_for_as_many_as_there_are() {
        let mut roll = Roll::new();
        let (mut first, mut middle, mut last) = (Vec::new(), Vec::new(), Vec::new());
        for step in 0..400 {
            match step % 4 {
                0 => first.insert(0, enter(&mut roll, Rank::First).0),
                1 => last.push(enter(&mut roll, Rank::Last).0),
                _ => middle.push(enter(&mut roll, Rank::Ordinary).0),
            }
            assert_eq!(names(&roll), [&first[..], &middle, &last].concat());
        }
    }

    #[test]
    fn a_newcomer_leaves_all_others_where_they_were() {
        let mut roll = Roll::new();
        for _ in 0..1000 {
            assert!(matches!(enter(&mut roll, Rank::Ordinary).1, Change::At(_)));
        }
    }

    #[test]
    fn constraints_are_kept_and_labels_given_anew() {
        let mut roll = Roll::new();
        let ids: Vec<_> = (0..3).map(|_| enter(&mut roll, Rank::Ordinary).0).collect();
        let wish = Wish { before: [ids[1]].into(), ..Wish::default() };
        let record = Record { wish, ..Record::plain() };
        let id = record.id();
        assert_eq!(roll.enter(Arc::new(record)), Ok(Change::All));
        assert_eq!(names(&roll), [ids[0], id, ids[1], ids[2]]);
        assert_eq!(roll.remove(ids[0]).map(|(_, member)| member.id()), Some(ids[0]));
        assert!(roll.remove(ids[0]).is_none() && roll.get(ids[0]).is_none());
        assert_eq!(roll.len(), 3);
    }
}
