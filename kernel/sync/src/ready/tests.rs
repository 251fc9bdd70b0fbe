//! What queues of the ready give, against queues that are plainly right.

use std::boxed::Box;
use std::vec::Vec;

use proptest::prelude::*;

use super::{End, Queued, Ready};
use crate::atomic_ref::AtomicRef;

struct Item {
    number: usize,
    link: AtomicRef<Item>,
}

impl Queued for Item {
    fn link(&self) -> &AtomicRef<Self> {
        &self.link
    }
}

fn item(number: usize) -> &'static Item {
    Box::leak(Box::new(Item { number, link: AtomicRef::none() }))
}

fn number(item: &'static Item) -> usize {
    item.number
}

#[test]
fn the_highest_comes_first_and_within_one_who_came_first() {
    let ready = Ready::new();
    for (number, priority) in [(0, 3), (1, 9), (2, 9), (3, 3)] {
        ready.push(item(number), priority, End::Back);
    }
    ready.push(item(4), 9, End::Front);
    assert_eq!((ready.has_several(), ready.highest()), (true, Some(9)));
    let order: Vec<_> = core::iter::from_fn(|| ready.pop().map(number)).collect();
    assert_eq!(order, [4, 1, 2, 0, 3]);
    assert!(ready.is_empty());
}

#[test]
fn who_is_too_low_stays() {
    let ready = Ready::new();
    ready.push(item(1), 4, End::Back);
    assert!(ready.take(5).is_none());
    assert_eq!(ready.take(4).map(number), Some(1));
}

#[test]
fn who_changes_goes_behind_those_of_the_other_priority() {
    let ready = Ready::new();
    let items: Vec<_> = (0..4).map(item).collect();
    for (item, priority) in items.iter().copied().zip([3, 3, 5, 9]) {
        ready.push(item, priority, End::Back);
    }
    assert!(ready.change(items[1], 3, 9) && ready.change(items[2], 5, 3));
    assert!(!ready.change(items[2], 5, 3), "it is not there any more");
    let order: Vec<_> = core::iter::from_fn(|| ready.pop().map(number)).collect();
    assert_eq!(order, [3, 1, 0, 2]);
}

#[derive(Clone, Debug)]
enum Step {
    Push(usize, bool),
    Pop,
    Exchange(usize),
    Steal(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..super::PRIORITIES, any::<bool>()).prop_map(|(priority, front)| Step::Push(priority, front)),
        Just(Step::Pop),
        (0..super::PRIORITIES).prop_map(Step::Exchange),
        (1..4_usize).prop_map(Step::Steal),
    ]
}

proptest! {
    /// Against queues that are plainly right.
    #[test]
    fn any_steps_give_what_plain_queues_give(steps in prop::collection::vec(step(), 0..200)) {
        let ready = Ready::new();
        let mut model: Vec<Vec<usize>> = (0..super::PRIORITIES).map(|_| Vec::new()).collect();
        for (new, step) in steps.into_iter().enumerate() {
            match step {
                Step::Push(priority, is_front) => {
                    let end = if is_front { End::Front } else { End::Back };
                    ready.push(item(new), priority, end);
                    let at = if is_front { 0 } else { model[priority].len() };
                    model[priority].insert(at, new);
                }
                Step::Pop => {
                    let first = model.iter_mut().rev().find(|chain| !chain.is_empty());
                    let expected = first.map(|chain| chain.remove(0));
                    prop_assert_eq!(ready.pop().map(number), expected);
                }
                Step::Exchange(priority) => {
                    let highest = model.iter().rposition(|chain| !chain.is_empty());
                    let expected = highest.filter(|highest| *highest >= priority).map(|highest| {
                        let first = model[highest].remove(0);
                        model[priority].push(new);
                        first
                    });
                    prop_assert_eq!(ready.exchange(item(new), priority).map(number), expected);
                }
                Step::Steal(divisor) => {
                    let wanted = |number: &usize| number.is_multiple_of(divisor);
                    let expected = model.iter_mut().rev().find_map(|chain| {
                        let at = chain.iter().take(super::LOOKED_AT).position(&wanted)?;
                        Some(chain.remove(at))
                    });
                    prop_assert_eq!(ready.steal(|item| wanted(&item.number)).map(number), expected);
                }
            }
            let count: usize = model.iter().map(Vec::len).sum();
            prop_assert_eq!(ready.has_several(), count > 1);
            prop_assert_eq!(ready.highest(), model.iter().rposition(|chain| !chain.is_empty()));
        }
    }
}
