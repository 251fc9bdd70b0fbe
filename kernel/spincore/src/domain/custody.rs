//! Custody: whose heap may go when.
//!
//! A heap is used by the domains that are linked to it: one, or the versions that have taken each other's place. What lies on it may
//! be held by others, too, but only by those that its domains are *acquainted* with, or these with others, and so on: values
//! get from one domain to another on no other way. So the heaps of all that are acquainted go together, when the last of
//! their domains has ended; until then what is left of the ended ones is in custody. One on which nothing lies can go before.
//!
//! Pure: a heap is any value here, and domains are numbers.

use alloc::vec::Vec;

/// Who uses which heap, and who is acquainted with whom.
#[derive(Debug)]
pub(super) struct Custody<H> {
    heaps: Vec<Entry<H>>,
}

#[derive(Debug)]
struct Entry<H> {
    heap: H,
    /// Its domains that have not ended.
    users: Vec<u32>,
    /// The same for all heaps whose domains are acquainted.
    group: u64,
}

impl<H: PartialEq> Custody<H> {
    /// Of nobody.
    pub(super) const fn new() -> Self {
        Self { heaps: Vec::new() }
    }

    /// `domain` uses `heap` from now on.
    pub(super) fn enter(&mut self, domain: u32, heap: H) {
        match self.heaps.iter_mut().find(|entry| entry.heap == heap) {
            Some(entry) => entry.users.push(domain),
            // No two heaps begin with the same domain, since a domain enters once.
            None => self.heaps.push(Entry { heap, users: alloc::vec![domain], group: domain.into() }),
        }
    }

    /// What one of both has on its heap the other may hold from now on. One that has ended has nothing to give.
    pub(super) fn acquaint(&mut self, one: u32, other: u32) {
        let group = |domain: u32| {
            self.heaps.iter().find(|entry| entry.users.contains(&domain)).map(|entry| entry.group)
        };
        if let (Some(one), Some(other)) = (group(one), group(other)) {
            let joining = self.heaps.iter_mut().filter(|entry| entry.group == other);
            joining.for_each(|entry| entry.group = one);
        }
    }

    /// `domain` has ended; gives the heaps that nobody can hold anything of any more, and those that are `is_empty`.
    pub(super) fn leave(&mut self, domain: u32, is_empty: impl Fn(&H) -> bool) -> Vec<H> {
        for entry in &mut self.heaps {
            entry.users.retain(|user| *user != domain);
        }
        let live: Vec<u64> =
            self.heaps.iter().filter(|entry| !entry.users.is_empty()).map(|entry| entry.group).collect();
        let is_over = |entry: &mut Entry<H>| {
            entry.users.is_empty() && (!live.contains(&entry.group) || is_empty(&entry.heap))
        };
        self.heaps.extract_if(.., is_over).map(|entry| entry.heap).collect()
    }

    /// The heaps whose domains have all ended.
    pub(super) fn left_over(&self) -> impl Iterator<Item = &H> {
        self.heaps.iter().filter(|entry| entry.users.is_empty()).map(|entry| &entry.heap)
    }
}

#[cfg(test)]
mod tests {
    use super::Custody;
    use alloc::vec::Vec;

    fn never(_: &char) -> bool {
        false
    }

    fn of(heaps: &[(u32, char)]) -> Custody<char> {
        let mut custody = Custody::new();
        heaps.iter().for_each(|(domain, heap)| custody.enter(*domain, *heap));
        custody
    }

    #[test]
    fn who_knows_nobody_leaves_nothing() {
        let mut custody = of(&[(1, 'a'), (2, 'b')]);
        assert_eq!(custody.leave(1, never), ['a']);
        assert_eq!(custody.leave(2, never), ['b']);
        assert_eq!(custody.left_over().count(), 0);
    }

    #[test]
    fn acquaintances_go_together_however_many_are_in_between() {
        let mut custody = of(&[(1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')]);
        custody.acquaint(1, 2);
        custody.acquaint(3, 2);
        assert!(custody.leave(2, never).is_empty());
        assert!(custody.leave(1, never).is_empty());
        assert_eq!(custody.left_over().collect::<Vec<_>>(), [&'a', &'b']);
        assert_eq!(custody.leave(4, never), ['d']);
        assert_eq!(custody.leave(3, never), ['a', 'b', 'c']);
    }

    #[test]
    fn what_is_empty_goes_before() {
        let mut custody = of(&[(1, 'a'), (2, 'b'), (3, 'c')]);
        custody.acquaint(1, 2);
        custody.acquaint(1, 3);
        assert_eq!(custody.leave(2, |heap| *heap == 'b'), ['b']);
        assert!(custody.leave(3, never).is_empty());
        // What was freed meanwhile is seen at the next end of anybody.
        custody.enter(4, 'd');
        assert_eq!(custody.leave(4, |heap| *heap == 'c'), ['c', 'd']);
    }

    #[test]
    fn versions_share_a_heap_until_the_last_has_ended() {
        let mut custody = of(&[(1, 'a'), (2, 'a')]);
        assert!(custody.leave(1, |_| true).is_empty());
        custody.enter(3, 'a');
        assert!(custody.leave(2, never).is_empty());
        assert_eq!(custody.left_over().count(), 0);
        assert_eq!(custody.leave(3, never), ['a']);
    }

    #[test]
    fn who_comes_later_is_no_part_of_an_ended_group() {
        let mut custody = of(&[(1, 'a'), (2, 'b')]);
        custody.acquaint(1, 2);
        assert!(custody.leave(1, never).is_empty());
        custody.acquaint(1, 2);
        custody.enter(5, 'e');
        assert_eq!(custody.leave(2, never), ['a', 'b']);
        assert_eq!(custody.leave(5, never), ['e']);
    }
}
