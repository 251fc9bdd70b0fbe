//! What a ring promises, one thread at a time and with several.

use std::sync::Arc;
use std::vec::Vec;
use std::{thread, vec};

use super::ring;

#[test]
fn there_is_room_for_so_many_and_they_come_in_order() {
    for room in [1, 2, 4] {
        let (to, mut from) = ring(room, ());
        for lap in 0..3 {
            assert!((0..room).all(|number| to.put(lap + number) == Ok(false)));
            assert_eq!(to.put(9), Err(9));
            assert!((0..room).all(|number| from.take() == Some(lap + number)));
            assert_eq!(from.take(), None);
        }
    }
}

#[test]
fn what_was_awaited_says_so_once() {
    let (to, mut from) = ring(2, "shared");
    assert!(from.wait() && from.wait());
    assert_eq!((to.put(1), to.put(2)), (Ok(true), Ok(false)));
    assert!(!from.wait());
    assert_eq!((from.take(), from.take(), from.wait()), (Some(1), Some(2), true));
    assert_eq!((to.put(3), *to.shared(), *from.shared()), (Ok(true), "shared", "shared"));
}

#[test]
fn a_closed_ring_keeps_nothing() {
    let value = Arc::new(());
    let (to, mut from) = ring(4, ());
    assert!((0..3).all(|_| to.put(value.clone()).is_ok()));
    drop(from.take());
    assert!(!to.is_closed());
    drop(from);
    assert!(to.is_closed() && to.put(value.clone()).is_err());
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn those_of_several_come_once_and_each_ones_in_order() {
    const EACH: usize = 2_000;
    let (to, mut from) = ring(8, ());
    let threads: Vec<_> = (0..3)
        .map(|one| {
            let to = to.clone();
            thread::spawn(move || {
                for number in 0..EACH {
                    while to.put((one, number)).is_err() {
                        thread::yield_now();
                    }
                }
            })
        })
        .collect();
    let mut next = vec![0; threads.len()];
    while next.iter().sum::<usize>() < EACH * threads.len() {
        match from.take() {
            Some((one, number)) => {
                assert_eq!(next[one], number);
                next[one] += 1;
            }
            None => thread::yield_now(),
        }
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(from.take(), None);
}
