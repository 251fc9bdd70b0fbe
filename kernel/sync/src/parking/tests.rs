//! What a strand finds in its word, one step after the other.

use super::{Activity, Opportunity, Parking};

const ITS: usize = 7;

/// One that runs.
fn running() -> Parking {
    let parking = Parking::new();
    parking.prepare(ITS);
    assert!(parking.begin());
    parking
}

#[test]
fn who_parks_is_blocked_until_it_is_woken() {
    let parking = running();
    assert_eq!(parking.at_opportunity(true), Opportunity::Parks);
    assert!(!parking.settle_parked());
    assert_eq!(parking.activity(ITS), Activity::Blocked);
    assert!(parking.unpark(ITS));
    assert!(!parking.unpark(ITS), "it is ready, and has a permit now");
    assert!(parking.begin());
    assert_eq!(parking.at_opportunity(true), Opportunity::GoesOn);
    assert_eq!(parking.at_opportunity(true), Opportunity::Parks);
}

#[test]
fn the_short_way_is_for_who_has_no_mark_and_nobody_else() {
    let parking = running();
    let seen = parking.glance().unwrap();
    assert!(!parking.unpark_unmarked(ITS), "it is not blocked");
    assert!(parking.settle_unmarked(seen));
    assert!(!parking.unpark_unmarked(ITS + 1), "another one is meant");
    assert!(parking.unpark_unmarked(ITS) && parking.begin_unmarked());
    let seen = parking.glance().unwrap();
    assert!(!parking.unpark(ITS));
    assert!(!parking.settle_unmarked(seen) && parking.glance().is_none(), "it has a permit now");
    let marks: [fn(&Parking); 2] = [|parking| parking.halt(ITS), |parking| assert!(!parking.end(ITS))];
    for mark in marks {
        let parking = running();
        mark(&parking);
        assert!(parking.glance().is_none() && !parking.begin_unmarked());
    }
}

#[test]
fn a_wake_up_before_it_has_left_makes_it_ready_at_once() {
    let parking = running();
    assert_eq!(parking.at_opportunity(true), Opportunity::Parks);
    assert!(!parking.unpark(ITS));
    assert!(parking.settle_parked());
    assert_eq!(parking.activity(ITS), Activity::Active);
}

#[test]
fn who_is_halted_parks_at_the_next_opportunity_and_goes_on_when_woken() {
    let parking = running();
    parking.halt(ITS);
    assert_eq!(parking.at_opportunity(false), Opportunity::Parks);
    assert!(!parking.settle_parked());
    assert!(parking.unpark(ITS));
    parking.halt(ITS);
    assert!(!parking.begin(), "halted while it was ready");
    assert_eq!(parking.activity(ITS), Activity::Blocked);
    assert!(parking.unpark(ITS));
    parking.halt(ITS);
    assert_eq!(parking.at_opportunity(false), Opportunity::Parks);
}

#[test]
fn a_wake_up_takes_a_halt_back() {
    let parking = running();
    parking.halt(ITS);
    assert!(!parking.unpark(ITS));
    assert_eq!(parking.at_opportunity(false), Opportunity::GoesOn);
}

#[test]
fn a_wake_up_of_one_that_was_held_is_there_for_its_next_park_too() {
    let held: [fn(&Parking); 3] = [
        |parking| {
            assert_eq!(parking.at_opportunity(false), Opportunity::Parks);
            assert!(!parking.settle_parked());
            assert!(parking.unpark(ITS));
        },
        |parking| {
            assert_eq!(parking.at_opportunity(false), Opportunity::Parks);
            assert!(!parking.unpark(ITS));
            assert!(parking.settle_parked());
        },
        |parking| {
            assert!(!parking.begin());
            assert!(parking.unpark(ITS));
        },
    ];
    for held in held {
        let parking = running();
        parking.halt(ITS);
        held(&parking);
        assert!(parking.begin());
        assert_eq!(parking.at_opportunity(true), Opportunity::GoesOn);
        assert_eq!(parking.at_opportunity(true), Opportunity::Parks);
        assert!(!parking.settle_parked());
        assert!(parking.unpark(ITS) && parking.begin());
        assert_eq!(parking.at_opportunity(true), Opportunity::Parks, "it had asked to this time");
    }
}

#[test]
fn who_is_to_end_does_so_whatever_it_does() {
    let parking = running();
    assert!(!parking.end(ITS));
    assert_eq!(parking.at_opportunity(false), Opportunity::Ends);
    let parking = running();
    assert!(!parking.settle_parked());
    assert!(parking.end(ITS));
    assert!(parking.is_ending());
    parking.halt(ITS);
    assert!(parking.begin(), "an end is not held up");
    parking.finish();
    assert!(!parking.end(ITS) && !parking.unpark(ITS));
    assert_eq!(parking.activity(ITS), Activity::Over);
}

#[test]
fn who_is_hosted_is_not_switched_to_straight_until_it_is_over() {
    let parking = running();
    assert!(parking.begin_unmarked() && parking.host(ITS) && !parking.begin_unmarked());
    assert!(parking.is_hosted() && parking.begin());
    assert!(!parking.settle_parked() && parking.unpark(ITS) && parking.is_hosted());
    assert!(!parking.host(ITS + 1));
    parking.finish();
    assert!(!parking.is_hosted() && !parking.host(ITS));
}

#[test]
fn who_means_another_changes_nothing() {
    let parking = running();
    assert!(!parking.settle_parked());
    assert!(!parking.unpark(ITS + 1) && !parking.end(ITS + 1));
    parking.halt(ITS + 1);
    assert_eq!((parking.activity(ITS), parking.activity(ITS + 1)), (Activity::Blocked, Activity::Over));
    assert_eq!(parking.number(), ITS);
}

#[test]
fn an_end_between_leaving_and_settling_is_not_slept_through() {
    let parking = running();
    assert_eq!(parking.at_opportunity(true), Opportunity::Parks);
    assert!(!parking.end(ITS));
    assert!(parking.settle_parked());
}
