//! Mutex: a lock whose holder may be given up.

use loom::sync::Arc;
use loom::thread;
use spindle_sync::{Grace, Holders, LockError, Mutex};

/// Models two cores that do `work` each with the same lock, and gives the value of it and what they were told.
fn two_cores(
    works: [fn(&Mutex<u32>) -> Result<(), LockError>; 2],
    check: fn(u32, [Result<(), LockError>; 2]),
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
        let value = mutex.mend(|value| *value).unwrap();
        check(value, told);
    });
}

/// Loom sees each access to the value begin and end: two at once would be a failure of the model.
#[test]
fn one_core_at_a_time_has_the_value() {
    let work: fn(&Mutex<u32>) -> _ = |mutex| mutex.with(|value| *value += 1);
    two_cores([work, work], |value, told| {
        assert_eq!(told, [Ok(()), Ok(())]);
        assert_eq!(value, 2);
    });
}

/// The kernel crosses a ticket out while another core waits for it, or before, or after.
#[test]
fn who_comes_after_a_holder_that_was_given_up_sees_what_it_did_and_is_told() {
    two_cores(
        [|mutex| mutex.with_and_be_given_up(|value| *value += 1), |mutex| mutex.with(|value| *value += 10)],
        |value, told| {
            assert_eq!(told[0], Ok(()));
            match told[1] {
                Ok(()) => assert_eq!(value, 11),
                other => assert_eq!((value, other), (1, Err(LockError::Poisoned))),
            }
        },
    );
}

#[test]
fn two_that_mend_do_so_one_after_the_other() {
    let work: fn(&Mutex<u32>) -> _ = |mutex| mutex.with_and_be_given_up(|value| *value += 1);
    two_cores([work, |mutex| mutex.mend(|value| *value += 1)], |value, told| {
        assert_eq!(told, [Ok(()), Ok(())]);
        assert_eq!(value, 2);
    });
}
