//! Mutex: a lock whose holder may be given up.

use loom::sync::Arc;
use loom::thread;
use spindle_sync::{Grace, Holders, LockError, Mutex};

/// Models two cores that do `work` each with the same lock; `check` sees the value, or why there is none, and what they were told.
fn two_cores(
    works: [fn(&Mutex<u32>) -> Result<(), LockError>; 2],
    check: fn(Result<u32, LockError>, [Result<(), LockError>; 2]),
) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
        let holders: &'static Holders = Box::leak(Box::new(Holders::new()));
        let mutex = Arc::new(Mutex::new_in(0, holders));
        let other = {
            let mutex = Arc::clone(&mutex);
            thread::spawn(move || {
                let _core = grace.register_thread();
                works[1](&mutex)
            })
        };
        let _core = grace.register_thread();
        let told = works[0](&mutex);
        let told = [told, other.join().unwrap()];
        let value = mutex.with(|value| *value);
        check(value, told);
    });
}

/// Loom sees each access to the value begin and end: two at once would be a failure of the model.
#[test]
fn one_core_at_a_time_has_the_value() {
    let work: fn(&Mutex<u32>) -> _ = |mutex| mutex.with(|value| *value += 1);
    two_cores([work, work], |value, told| {
        assert_eq!(told, [Ok(()), Ok(())]);
        assert_eq!(value, Ok(2));
    });
}

/// The kernel crosses a ticket out while another core waits for it, or before, or after.
#[test]
fn who_comes_after_a_holder_that_was_given_up_is_told() {
    two_cores(
        [|mutex| mutex.with_and_be_given_up(|value| *value += 1), |mutex| mutex.with(|value| *value += 10)],
        |value, told| {
            assert_eq!(told[0], Ok(()));
            assert!(matches!(told[1], Ok(()) | Err(LockError::Poisoned)));
            assert_eq!(value, Err(LockError::Poisoned));
        },
    );
}

/// Loom sees that the renewal comes behind what the holder did.
#[test]
fn who_renews_a_value_has_it_alone() {
    two_cores(
        [
            |mutex| mutex.with_and_be_given_up(|value| *value += 1),
            |mutex| mutex.renew(10).map(|old| assert!(matches!(old, None | Some(0)))),
        ],
        |value, told| {
            assert_eq!(told, [Ok(()), Ok(())]);
            assert!(matches!(value, Ok(10) | Err(LockError::Poisoned)));
        },
    );
}

#[test]
fn of_two_that_renew_a_value_one_gets_what_the_other_has_put_there() {
    let work: fn(&Mutex<u32>) -> _ = |mutex| mutex.renew(1).map(|old| assert!(matches!(old, Some(0 | 1))));
    two_cores([work, work], |value, told| {
        assert_eq!(told, [Ok(()), Ok(())]);
        assert_eq!(value, Ok(1));
    });
}
