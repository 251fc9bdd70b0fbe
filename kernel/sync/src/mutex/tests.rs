//! A mutex on the host, where cores are threads.

use std::sync::Arc;
use std::thread;
use std::vec::Vec;

use super::{HOLDERS, LockError, Mutex};
use crate::GRACE;

#[test]
fn increments_of_several_cores_all_count() {
    let mutex = Arc::new(Mutex::new(0_u32));
    let count = |mutex: Arc<Mutex<u32>>| {
        let _core = GRACE.register_thread();
        (0..5_000).for_each(|_| mutex.with(|value| *value += 1).unwrap());
    };
    let threads: [_; 3] = core::array::from_fn(|_| {
        let mutex = Arc::clone(&mutex);
        thread::spawn(move || count(mutex))
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(Arc::into_inner(mutex).unwrap().into_inner(), Some(15_000));
}

#[test]
fn the_core_that_holds_it_does_not_wait_for_itself() {
    let _core = GRACE.register_thread();
    let mutex = Mutex::new(1);
    let inner = mutex.with(|_| mutex.with(|value| *value = 2));
    assert_eq!(inner, Ok(Err(LockError::SameCore)));
    assert_eq!(mutex.into_inner(), Some(1));
}

#[test]
fn who_takes_it_after_a_holder_that_was_given_up_is_told_until_it_is_renewed() {
    let _core = GRACE.register_thread();
    let mutex = Mutex::new([1, 1]);
    mutex.with_and_be_given_up(|value| value[0] = 2).unwrap();
    assert_eq!(mutex.with(|_| ()), Err(LockError::Poisoned));
    assert_eq!(mutex.renew([3, 3]), Ok(None));
    assert_eq!(mutex.with(|value| *value), Ok([3, 3]));
}

#[test]
fn what_is_poisoned_is_never_dropped_and_all_else_is() {
    let _core = GRACE.register_thread();
    let value = Arc::new(());
    let mutexes = [0; 4].map(|_| Mutex::new(Arc::clone(&value)));
    let [poisoned, renewed, whole, given_back] = mutexes;
    poisoned.with_and_be_given_up(|_| ()).unwrap();
    renewed.with_and_be_given_up(|_| ()).unwrap();
    assert_eq!(renewed.renew(Arc::clone(&value)), Ok(None));
    drop((renewed, whole, given_back.into_inner().unwrap()));
    // The value itself, that which is poisoned, and the one that was forgotten for it to be renewed.
    assert_eq!(Arc::strong_count(&value), 3);
    assert!(poisoned.into_inner().is_none());
    assert_eq!(Arc::strong_count(&value), 3);
}

#[test]
fn a_value_that_is_whole_comes_back_when_it_is_renewed() {
    let _core = GRACE.register_thread();
    assert_eq!(Mutex::new(1).renew(2), Ok(Some(1)));
}

#[test]
fn who_does_not_wait_is_told_who_holds_it() {
    let _core = GRACE.register_thread();
    let mutex = Arc::new(Mutex::without_waiting(0));
    let told = mutex.with(|_| {
        assert!(!HOLDERS.holds_any());
        let mutex = Arc::clone(&mutex);
        let take = move || {
            let _core = GRACE.register_thread();
            [mutex.with(|value| *value += 1), mutex.renew(2).map(|_| ())]
        };
        thread::spawn(take).join().unwrap()
    });
    assert!(told.is_ok_and(|told| told.iter().all(|one| matches!(one, Err(LockError::Held { .. })))));
    assert_eq!(mutex.with(|value| *value), Ok(0));
}

#[test]
fn a_panic_poisons_it_too() {
    let _core = GRACE.register_thread();
    let mutex = Mutex::new(1);
    let panicked = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
        let _ = mutex.with(|_| panic!("it was to be expected"));
    }));
    assert!(panicked.is_err());
    assert_eq!(mutex.with(|_| ()), Err(LockError::Poisoned));
    assert!(!HOLDERS.holds_any());
}

#[test]
fn no_more_are_held_than_there_is_place_for() {
    fn nest(mutexes: &[Mutex<u32>]) -> Result<usize, LockError> {
        let Some((first, others)) = mutexes.split_first() else { return Ok(0) };
        first.with(|_| nest(others))?.map(|held| held + 1)
    }
    let _core = GRACE.register_thread();
    let mutexes: Vec<_> = (0..33).map(Mutex::new).collect();
    assert_eq!(nest(&mutexes[1..]), Ok(32));
    assert_eq!(nest(&mutexes), Err(LockError::TooMany { most: 32 }));
    assert!(!HOLDERS.holds_any());
}

#[test]
fn two_cores_that_take_two_locks_in_reverse_order_are_not_stuck() {
    let locks = Arc::new([Mutex::new(0_u32), Mutex::new(0_u32)]);
    let take = |locks: Arc<[Mutex<u32>; 2]>, first: usize| {
        let _core = GRACE.register_thread();
        let mut refused = 0;
        for _ in 0..2_000 {
            let inner = locks[first].with(|_| locks[1 - first].with(|value| *value += 1)).unwrap();
            match inner {
                Ok(()) => {}
                Err(LockError::Circle { .. }) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
        refused
    };
    let threads = [0, 1].map(|first| {
        let locks = Arc::clone(&locks);
        thread::spawn(move || take(locks, first))
    });
    let refused: u32 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    let done: u32 = Arc::into_inner(locks).unwrap().into_iter().filter_map(Mutex::into_inner).sum();
    assert_eq!(done + refused, 4_000);
}
