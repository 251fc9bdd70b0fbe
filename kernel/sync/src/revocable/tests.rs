//! Revocable, on the host: use and revocation, and when the end of a target comes.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::Revocable;
use crate::grace::Grace;

fn grace() -> &'static Grace {
    Box::leak(Box::new(Grace::new()))
}

fn settle(grace: &Grace, core: &mut crate::grace::Reader) -> usize {
    (0..3)
        .map(|_| {
            core.quiet();
            grace.reclaim()
        })
        .sum()
}

#[test]
fn a_target_is_used_until_it_is_revoked() {
    let grace = grace();
    let mut core = grace.register_thread();
    let value = Arc::new(7);
    let handle = Revocable::new(grace, value.clone(), || ());
    let other = handle.clone();
    assert_eq!(other.with(|number| *number), Some(7));
    assert!(handle.erase().revoke() && !handle.erase().revoke());
    assert_eq!((handle.with(|_| ()), other.with(|_| ())), (None, None));
    assert!(other.erase().is_revoked());
    assert_eq!(Arc::strong_count(&value), 2);
    assert_eq!(settle(grace, &mut core), 1);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_target_revoked_while_it_is_used_lives_until_the_use_ends() {
    let grace = grace();
    let mut core = grace.register_thread();
    let value = Arc::new(7);
    let handle = Revocable::new(grace, value.clone(), || ());
    let used = handle.with(|number| {
        assert!(handle.erase().revoke());
        assert_eq!(handle.with(|_| ()), None);
        assert_eq!((0..3).map(|_| grace.reclaim()).sum::<usize>(), 0);
        *number
    });
    assert_eq!((used, Arc::strong_count(&value)), (Some(7), 2));
    assert_eq!(settle(grace, &mut core), 1);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_target_without_handles_goes_by_a_grace_period_too() {
    let grace = grace();
    let mut core = grace.register_thread();
    let value = Arc::new(7);
    let handle = Revocable::new(grace, value.clone(), || ());
    let weak = handle.downgrade();
    assert!(weak.upgrade().is_some());
    drop(handle);
    assert!(weak.upgrade().is_none());
    assert_eq!(Arc::strong_count(&value), 2);
    assert_eq!(settle(grace, &mut core), 1);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn what_is_to_be_done_after_a_target_is_done_once_and_behind_its_drop() {
    let grace = grace();
    let mut core = grace.register_thread();
    static AFTER: AtomicUsize = AtomicUsize::new(0);
    let value = Arc::new(());
    let weak = Arc::downgrade(&value);
    let handle = Revocable::new(grace, value, move || {
        assert!(weak.upgrade().is_none());
        AFTER.fetch_add(1, Ordering::Relaxed);
    });
    handle.erase().revoke();
    drop(handle);
    assert_eq!((settle(grace, &mut core), AFTER.load(Ordering::Relaxed)), (1, 1));
}

#[test]
fn a_static_is_lent_and_stays_where_it_is() {
    static LENT: AtomicUsize = AtomicUsize::new(0);
    let grace = grace();
    let mut core = grace.register_thread();
    let handle = Revocable::of_static(grace, &LENT, || ());
    assert_eq!(handle.with(|lent| lent.fetch_add(3, Ordering::Relaxed)), Some(0));
    assert!(handle.erase().revoke());
    assert_eq!(handle.with(|_| ()), None);
    settle(grace, &mut core);
    assert_eq!(LENT.load(Ordering::Relaxed), 3);
}

#[test]
fn a_handle_without_its_type_gets_that_one_back_and_no_other() {
    let grace = grace();
    let _core = grace.register_thread();
    let any = Revocable::new(grace, Arc::new(7_u32), || ()).erase();
    assert!(any.typed::<i32>().is_none());
    assert_eq!(any.typed::<u32>().map(|handle| handle.with(|number| *number)), Some(Some(7)));
    let other = Revocable::new(grace, Arc::new(7_u32), || ()).erase();
    assert!(any.address() == any.clone().address() && any.address() != other.address());
}

#[test]
fn where_its_end_is_compiled_is_known_to_its_maker_only() {
    let grace = grace();
    let mut handle = Revocable::new(grace, Arc::new(7_u32), || ());
    assert!(handle.code().is_some());
    let other = handle.clone();
    assert_eq!(handle.code(), None);
    drop(other);
    handle.erase().revoke();
    assert_eq!(handle.code(), None);
}

#[test]
fn many_users_and_one_who_revokes() {
    let grace = grace();
    let value = Arc::new(AtomicUsize::new(0));
    let handle = Revocable::new(grace, value.clone(), || ());
    let users: [_; 3] = core::array::from_fn(|_| {
        let handle = handle.clone();
        thread::spawn(move || {
            let mut core = grace.register_thread();
            while handle.with(|count| count.fetch_add(1, Ordering::Relaxed)).is_some() {
                core.quiet();
                grace.reclaim();
            }
        })
    });
    while value.load(Ordering::Relaxed) < 1000 {
        thread::yield_now();
    }
    assert!(handle.erase().revoke());
    users.into_iter().for_each(|user| assert!(user.join().is_ok()));
    let mut core = grace.register_thread();
    settle(grace, &mut core);
    assert_eq!(Arc::strong_count(&value), 1);
}
