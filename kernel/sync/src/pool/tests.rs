//! What a pool promises of its slots.

use alloc::boxed::Box;
use alloc::vec::Vec;
use std::sync::Arc;
use std::thread;

use super::Pool;
use crate::authority::Authority;
use crate::envelope::Vacancy;
use crate::grace::{Grace, Reader};
use crate::this_core;

/// A pool with `slots` slots for this thread, which is a core from now on.
fn pool<T>(slots: usize) -> (&'static Pool<T>, Reader) {
    let pool: &'static Pool<T> = Box::leak(Box::new(Pool::new()));
    let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
    let reader = grace.register_thread();
    pool.open(this_core::index(), slots);
    (pool, reader)
}

#[test]
fn pool_without_free_slots_gives_the_value_back() {
    let (pool, _reader) = pool(2);
    let taken: Vec<_> = [1, 2].into_iter().map(|value| pool.take(value).unwrap()).collect();
    assert_eq!(pool.take(3).unwrap_err(), 3);
    drop(taken);
    assert_eq!(*pool.take(3).unwrap(), 3);
}

/// As many as there are, by `vacancy`, at most nine.
fn all<T>(vacancy: impl Fn() -> Option<Vacancy<T>>) -> Vec<Vacancy<T>> {
    (0..9).map_while(|_| vacancy()).collect()
}

#[test]
fn reserve_is_left_for_the_urgent() {
    let (pool, _reader) = pool::<u32>(2);
    pool.open_reserve(this_core::index(), 3);
    let common = all(|| pool.vacancy());
    assert_eq!(common.len(), 2);
    let urgent = all(|| pool.urgent_vacancy());
    assert_eq!(urgent.len(), 3);
}

#[test]
fn urgent_take_from_the_reserve_first() {
    let (pool, _reader) = pool::<u32>(2);
    pool.open_reserve(this_core::index(), 1);
    let _first = pool.urgent_vacancy().unwrap();
    assert_eq!(all(|| pool.vacancy()).len(), 2);
    assert_eq!(all(|| pool.urgent_vacancy()).len(), 2);
}

#[test]
fn slots_in_reserve_come_home_to_the_reserve() {
    let (pool, _reader) = pool::<u32>(2);
    pool.open_reserve(this_core::index(), 3);
    for _ in 0..2 {
        assert_eq!(all(|| pool.urgent_vacancy()).len(), 5);
        assert_eq!(all(|| pool.vacancy()).len(), 2);
    }
}

#[test]
fn slots_of_one_core_do_not_serve_another() {
    let (pool, _reader) = pool::<u32>(4);
    let index = this_core::index();
    let elsewhere = thread::spawn(move || {
        let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
        // SAFETY: the only thread of its grace; it reads nothing.
        let _reader = unsafe { grace.register(index + 1) };
        pool.take(1).is_err()
    });
    assert!(elsewhere.join().unwrap());
}

#[test]
fn opened_envelope_gives_value_and_slot() {
    let (pool, _reader) = pool(1);
    for value in 0..100 {
        assert_eq!(pool.take(value).unwrap().open(), value);
    }
}

#[test]
fn envelope_dropped_on_another_core_drops_the_value_and_sends_the_slot_home() {
    let (pool, _reader) = pool(1);
    let value = Arc::new(());
    let envelope = pool.take(Arc::clone(&value)).unwrap();
    thread::spawn(move || drop(envelope)).join().unwrap();
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(pool.take(value).is_ok());
}

#[test]
fn leaked_envelope_loses_its_slot_and_nothing_else() {
    let (pool, _reader) = pool(2);
    core::mem::forget(pool.take(1).unwrap());
    assert_eq!(pool.take(2).unwrap().open(), 2);
    let only = pool.take(3).unwrap();
    assert!(pool.take(4).is_err());
    drop(only);
}

#[test]
fn envelope_whose_value_panics_on_drop_still_gives_its_slot_back() {
    #[derive(Debug)]
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let (pool, _reader) = pool(1);
    let envelope = pool.take(Some(Panics)).unwrap();
    assert!(thread::spawn(move || drop(envelope)).join().is_err());
    assert!(pool.take(None).is_ok());
}

#[test]
fn vacancy_that_is_not_used_gives_its_slot_back() {
    let (pool, _reader) = pool(1);
    let vacancy = pool.vacancy().unwrap();
    assert!(pool.vacancy().is_none());
    drop(vacancy);
    assert_eq!(pool.vacancy().unwrap().seal(5).open(), 5);
}

#[test]
fn slots_that_stay_taken_are_passed_by() {
    let (pool, _reader) = pool(5);
    let kept: Vec<_> = [0, 1, 2].into_iter().map(|value| pool.take(value).unwrap()).collect();
    for value in 3..50 {
        assert_eq!(pool.take(value).unwrap().open(), value);
    }
    assert!(kept.iter().enumerate().all(|(index, envelope)| **envelope == index));
    assert_eq!(all(|| pool.vacancy()).len(), 2);
}

#[test]
fn slots_are_added_to_what_a_core_has() {
    let (pool, _reader) = pool(1);
    pool.open(this_core::index(), 2);
    let taken: Vec<_> = (0..9).map_while(|value| pool.take(value).ok()).collect();
    assert_eq!(taken.len(), 3);
}

#[test]
fn value_can_be_changed_in_its_envelope() {
    let (pool, _reader) = pool(1);
    let mut envelope = pool.take(1).unwrap();
    *envelope += 1;
    assert_eq!(*envelope, 2);
}

#[test]
fn no_more_can_be_taken_than_are_usable_and_what_was_lost_comes_back() {
    // SAFETY: the test stands in for the kernel's start-up.
    let authority = unsafe { Authority::mint() };
    let (pool, _reader) = pool::<u32>(0);
    let slots = pool.open(this_core::index(), 5);
    slots.set_usable(&authority, 3);
    assert_eq!((slots.count(), slots.taken(3)), (5, 0));
    for round in 0..3 {
        let lost = all(|| pool.vacancy());
        assert_eq!((lost.len(), slots.taken(3)), (3, 3), "{round}");
        core::mem::forget(lost);
        slots.set_usable(&authority, 3);
        assert_eq!(slots.taken(3), 0);
    }
    slots.set_usable(&authority, 5);
    assert_eq!(all(|| pool.vacancy()).len(), 5);
}
