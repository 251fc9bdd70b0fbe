//! What a pool promises of its slots.

use alloc::boxed::Box;
use alloc::vec::Vec;
use std::sync::Arc;
use std::thread;

use super::Pool;
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
    let taken: Vec<_> = [1, 2].into_iter().map(|value| pool.take(value, 0).unwrap()).collect();
    assert_eq!(pool.take(3, 0).unwrap_err(), 3);
    drop(taken);
    assert_eq!(*pool.take(3, 0).unwrap(), 3);
}

#[test]
fn reserve_is_left_for_those_who_ask_with_less() {
    let (pool, _reader) = pool(4);
    let taken: Vec<_> = (0..9).map_while(|value| pool.take(value, 2).ok()).collect();
    assert_eq!(taken.len(), 2);
    let urgent: Vec<_> = (0..9).map_while(|value| pool.take(value, 0).ok()).collect();
    assert_eq!(urgent.len(), 2);
}

#[test]
fn slots_left_in_reserve_are_still_there_when_others_come_home() {
    let (pool, _reader) = pool(4);
    let take_all = |reserve| (0..9).map_while(|value| pool.take(value, reserve).ok()).collect::<Vec<_>>();
    drop(take_all(2));
    let ordinary = take_all(2);
    assert_eq!((ordinary.len(), take_all(0).len()), (2, 2));
}

#[test]
fn slots_of_one_core_do_not_serve_another() {
    let (pool, _reader) = pool::<u32>(4);
    let index = this_core::index();
    let elsewhere = thread::spawn(move || {
        let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
        // SAFETY: the only thread of its grace; it reads nothing.
        let _reader = unsafe { grace.register(index + 1) };
        pool.take(1, 0).is_err()
    });
    assert!(elsewhere.join().unwrap());
}

#[test]
fn opened_envelope_gives_value_and_slot() {
    let (pool, _reader) = pool(1);
    for value in 0..100 {
        assert_eq!(pool.take(value, 0).unwrap().open(), value);
    }
}

#[test]
fn envelope_dropped_on_another_core_drops_the_value_and_sends_the_slot_home() {
    let (pool, _reader) = pool(1);
    let value = Arc::new(());
    let envelope = pool.take(Arc::clone(&value), 0).unwrap();
    thread::spawn(move || drop(envelope)).join().unwrap();
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(pool.take(value, 0).is_ok());
}

#[test]
fn leaked_envelope_loses_its_slot_and_nothing_else() {
    let (pool, _reader) = pool(2);
    core::mem::forget(pool.take(1, 0).unwrap());
    assert_eq!(pool.take(2, 0).unwrap().open(), 2);
    let only = pool.take(3, 0).unwrap();
    assert!(pool.take(4, 0).is_err());
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
    let envelope = pool.take(Some(Panics), 0).unwrap();
    assert!(thread::spawn(move || drop(envelope)).join().is_err());
    assert!(pool.take(None, 0).is_ok());
}

#[test]
fn vacancy_that_is_not_used_gives_its_slot_back() {
    let (pool, _reader) = pool(1);
    let vacancy = pool.vacancy(0).unwrap();
    assert!(pool.vacancy(0).is_none());
    drop(vacancy);
    assert_eq!(pool.vacancy(0).unwrap().seal(5).open(), 5);
}

#[test]
fn slots_are_added_to_what_a_core_has() {
    let (pool, _reader) = pool(1);
    pool.open(this_core::index(), 2);
    let taken: Vec<_> = (0..9).map_while(|value| pool.take(value, 0).ok()).collect();
    assert_eq!(taken.len(), 3);
}

#[test]
fn value_can_be_changed_in_its_envelope() {
    let (pool, _reader) = pool(1);
    let mut envelope = pool.take(1, 0).unwrap();
    *envelope += 1;
    assert_eq!(*envelope, 2);
}
