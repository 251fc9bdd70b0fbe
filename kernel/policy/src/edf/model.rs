//! Any history of a core with deadlines beside a search of all its members.

use proptest::prelude::*;
use std::string::ToString;

use super::{Edf, EdfError, PARTS_PER_PPM};

#[derive(Clone, Copy, Debug)]
enum Step {
    Admit(u8, u64, u64),
    Leave(u8),
    Ready(u8),
    Blocked(u8),
    Charge(u8, u64),
    ChargePicked(u64),
}

/// Few, so that most steps concern members.
const WHO: u8 = 8;

fn steps() -> impl Strategy<Value = Step> {
    let time = || prop_oneof![6 => 0..20_000_000_u64, 1 => any::<u64>(), 1 => Just(u64::MAX)];
    prop_oneof![
        3 => (0..WHO, time(), time()).prop_map(|(id, period, budget)| Step::Admit(id, period, budget)),
        3 => (0..WHO, time(), 2..9_u64).prop_map(|(id, period, part)| Step::Admit(id, period, period / part)),
        1 => (0..WHO).prop_map(Step::Leave),
        6 => (0..WHO).prop_map(Step::Ready),
        2 => (0..WHO).prop_map(Step::Blocked),
        2 => (0..WHO, time()).prop_map(|(id, ran)| Step::Charge(id, ran)),
        6 => time().prop_map(Step::ChargePicked),
    ]
}

fn take(edf: &mut Edf<u8>, step: Step, now_ns: u64) -> Result<(), EdfError<u8>> {
    match step {
        Step::Admit(id, period_ns, budget_ns) => edf.admit(id, period_ns, budget_ns),
        Step::Leave(id) => edf.leave(id),
        Step::Ready(id) => edf.ready(id, now_ns),
        Step::Blocked(id) => edf.blocked(id),
        Step::Charge(id, ran_ns) => edf.charge(id, ran_ns, now_ns),
        Step::ChargePicked(ran_ns) => edf.pick().map_or(Ok(()), |id| edf.charge(id, ran_ns, now_ns)),
    }
}

/// Whether a step may answer this: whom it concerns was a member before or not, and so much was taken.
fn fits(is_known: bool, before_ppm: u64, step: Step, answer: Result<(), EdfError<u8>>) -> bool {
    match (step, answer) {
        (Step::Admit(_, asked, _), Err(EdfError::Period { period_ns })) => asked == 0 && period_ns == 0,
        (Step::Admit(_, period, budget), Err(EdfError::Budget { budget_ns, period_ns })) => {
            (period, budget) == (period_ns, budget_ns) && (budget == 0 || budget > period)
        }
        (Step::Admit(asked, ..), Err(EdfError::Known { id })) => id == asked && is_known,
        (Step::Admit(_, period, budget), Err(EdfError::Load { taken_ppm, asked_ppm, bound_ppm })) => {
            let asked = u128::from(budget) * 1_000_000;
            taken_ppm == before_ppm
                && u128::from(asked_ppm) == asked.div_ceil(u128::from(period))
                && taken_ppm + asked_ppm > bound_ppm
        }
        (Step::Admit(_, period, budget), Ok(())) => !is_known && (1..=period).contains(&budget),
        (
            Step::Leave(asked) | Step::Ready(asked) | Step::Blocked(asked) | Step::Charge(asked, _),
            Err(EdfError::Unknown { id }),
        ) => id == asked && !is_known,
        (Step::Leave(_) | Step::Ready(_) | Step::Blocked(_) | Step::Charge(..), Ok(())) => is_known,
        (Step::ChargePicked(_), answer) => answer == Ok(()),
        _ => false,
    }
}

/// The invariants, by looking at everybody.
fn hold(edf: &Edf<u8>) -> Result<(), TestCaseError> {
    let taken: u64 = edf.members.values().map(|member| member.load).sum();
    prop_assert_eq!(taken, edf.taken);
    prop_assert!(taken <= edf.bound);
    for member in edf.members.values() {
        prop_assert!((1..=member.budget_ns).contains(&member.left_ns));
    }
    let ready = edf.members.iter().filter(|(_, member)| member.entry.is_none());
    let first = ready.min_by_key(|(id, member)| (member.deadline_ns, **id)).map(|(id, _)| *id);
    prop_assert_eq!(edf.pick(), first);
    Ok(())
}

proptest! {
    #[test]
    fn any_history_keeps_the_bound_and_picks_the_earliest(
        history in prop::collection::vec((steps(), prop_oneof![9 => 0..9_000_000_u64, 1 => any::<u64>()]), 0..200),
        bound_ppm in 0..1_100_000_u32,
    ) {
        let mut edf = Edf::new(bound_ppm);
        prop_assert!(edf.bound <= u64::from(bound_ppm.min(1_000_000)) * PARTS_PER_PPM);
        let mut now_ns = 0_u64;
        for (step, passed_ns) in history {
            now_ns = now_ns.saturating_add(passed_ns);
            let is_known = match step {
                Step::Admit(id, ..) | Step::Leave(id) | Step::Ready(id) | Step::Blocked(id) | Step::Charge(id, _) => {
                    edf.members.contains_key(&id)
                }
                Step::ChargePicked(_) => true,
            };
            let before_ppm = edf.load_ppm();
            let answer = take(&mut edf, step, now_ns);
            prop_assert!(fits(is_known, before_ppm, step, answer), "{:?} answered {:?}", step, answer);
            hold(&edf)?;
        }
    }
}

#[test]
fn errors_say_what_was_asked_and_what_there_is() {
    let mut edf = Edf::new(950_000);
    assert_eq!(edf.admit(1, 0, 0).unwrap_err().to_string(), "a period of 0 ns is none");
    let budget = edf.admit(1, 10, 11).unwrap_err().to_string();
    assert_eq!(budget, "a budget of 11 ns is not in 1 ns to its period of 10 ns");
    edf.admit(1, 3, 2).unwrap();
    let load = edf.admit(2, 3, 1).unwrap_err().to_string();
    assert_eq!(load, "a load of 333334 ppm does not fit: 666667 ppm of at most 950000 ppm are taken");
    assert_eq!(edf.admit(1, 3, 1).unwrap_err().to_string(), "1 has deadlines on this core already");
    assert_eq!(edf.leave(2).unwrap_err().to_string(), "2 has no deadlines on this core");
}

#[test]
fn whoever_overruns_puts_off_its_own_deadline_by_whole_periods() {
    let mut edf = Edf::new(1_000_000);
    edf.admit(1, 100, 10).unwrap();
    edf.ready(1, 1_000).unwrap();
    assert_eq!((edf.deadline_of(1), edf.left_ns(1)), (Some(1_100), Some(10)));
    edf.charge(1, 9, 1_009).unwrap();
    assert_eq!((edf.deadline_of(1), edf.left_ns(1)), (Some(1_100), Some(1)));
    edf.charge(1, 1, 1_010).unwrap();
    assert_eq!((edf.deadline_of(1), edf.left_ns(1)), (Some(1_200), Some(10)));
    edf.charge(1, 25, 1_035).unwrap();
    assert_eq!((edf.deadline_of(1), edf.left_ns(1)), (Some(1_400), Some(5)));
}

#[test]
fn who_comes_back_early_has_what_is_left_and_later_a_new_budget() {
    let mut edf = Edf::new(1_000_000);
    edf.admit(1, 100, 10).unwrap();
    edf.ready(1, 0).unwrap();
    edf.charge(1, 6, 6).unwrap();
    edf.blocked(1).unwrap();
    // 4 ns are a tenth of 40 ns: too much for what is left of the period from 60 on.
    edf.ready(1, 59).unwrap();
    assert_eq!((edf.deadline_of(1), edf.left_ns(1)), (Some(100), Some(4)));
    edf.blocked(1).unwrap();
    edf.ready(1, 60).unwrap();
    assert_eq!((edf.deadline_of(1), edf.left_ns(1)), (Some(160), Some(10)));
}

#[test]
fn periods_that_passed_unserved_are_given_up() {
    let mut edf = Edf::new(1_000_000);
    edf.admit(1, 100, 10).unwrap();
    edf.ready(1, 0).unwrap();
    edf.charge(1, 10, 5_000).unwrap();
    assert_eq!(edf.deadline_of(1), Some(5_100));
}

#[test]
fn loads_are_rounded_up_so_no_more_is_admitted_than_the_bound() {
    assert_eq!(super::load(3, 1), 333_333_333_334);
    assert_eq!(super::load(u64::MAX, 1), 1);
    assert_eq!(super::load(u64::MAX, u64::MAX), 1_000_000_000_000);
}
