//! Any history of a shared core beside a search of all its members.

use proptest::prelude::*;
use std::string::ToString;
use std::vec::Vec;

use super::{Fair, FairError, LONGEST_SLICE_NS, MOST_WEIGHT};
use crate::virtual_time::GRAINS_PER_NS;

#[derive(Clone, Copy, Debug)]
enum Step {
    Join(u8, u32, u64),
    Leave(u8),
    Ready(u8),
    Blocked(u8),
    Charge(u8, u64),
    ChargePicked(u64),
    SetWeight(u8, u32),
}

/// Few, so that most steps concern members.
const WHO: u8 = 8;

fn steps() -> impl Strategy<Value = Step> {
    let weight =
        || prop_oneof![4 => 1..50_u32, 1 => 0..=MOST_WEIGHT + 1, 1 => any::<u32>(), 1 => Just(MOST_WEIGHT)];
    let slice = prop_oneof![4 => 1..10_000_000_u64, 1 => 0..2 * LONGEST_SLICE_NS, 1 => any::<u64>()];
    let ran = || prop_oneof![6 => 0..20_000_000_u64, 1 => any::<u64>(), 1 => Just(u64::MAX)];
    prop_oneof![
        3 => (0..WHO, weight(), slice).prop_map(|(id, weight, slice)| Step::Join(id, weight, slice)),
        1 => (0..WHO).prop_map(Step::Leave),
        6 => (0..WHO).prop_map(Step::Ready),
        3 => (0..WHO).prop_map(Step::Blocked),
        3 => (0..WHO, ran()).prop_map(|(id, ran)| Step::Charge(id, ran)),
        6 => ran().prop_map(Step::ChargePicked),
        2 => (0..WHO, weight()).prop_map(|(id, weight)| Step::SetWeight(id, weight)),
    ]
}

/// What the step must answer.
fn expected(fair: &Fair<u8>, step: Step) -> Result<(), FairError<u8>> {
    let weight_of = |weight| {
        if (1..=MOST_WEIGHT).contains(&weight) { Ok(()) } else { Err(FairError::Weight { weight }) }
    };
    match step {
        Step::Join(id, weight, slice_ns) => {
            weight_of(weight)?;
            if slice_ns == 0 || slice_ns > LONGEST_SLICE_NS {
                return Err(FairError::Slice { slice_ns });
            }
            if fair.members.contains_key(&id) { Err(FairError::Known { id }) } else { Ok(()) }
        }
        Step::SetWeight(id, weight) => {
            weight_of(weight)?;
            expected(fair, Step::Leave(id))
        }
        Step::Leave(id) | Step::Ready(id) | Step::Blocked(id) | Step::Charge(id, _) => {
            if fair.members.contains_key(&id) { Ok(()) } else { Err(FairError::Unknown { id }) }
        }
        Step::ChargePicked(_) => Ok(()),
    }
}

fn take(fair: &mut Fair<u8>, step: Step) -> Result<(), FairError<u8>> {
    match step {
        Step::Join(id, weight, slice_ns) => fair.join(id, weight, slice_ns),
        Step::Leave(id) => fair.leave(id),
        Step::Ready(id) => fair.ready(id),
        Step::Blocked(id) => fair.blocked(id),
        Step::Charge(id, ran_ns) => fair.charge(id, ran_ns),
        Step::ChargePicked(ran_ns) => fair.pick().map_or(Ok(()), |id| fair.charge(id, ran_ns)),
        Step::SetWeight(id, weight) => fair.set_weight(id, weight),
    }
}

/// The invariants, by looking at everybody.
fn hold(fair: &Fair<u8>, begins: &[Option<i128>]) -> Result<(), TestCaseError> {
    let ready: Vec<_> = fair.members.iter().filter(|(_, member)| member.entry.is_none()).collect();
    prop_assert!(fair.time.is_mean_of(ready.iter().map(|(_, member)| (member.weight, member.at))));
    for (_, member) in &ready {
        prop_assert!(member.at < member.deadline);
    }
    for (id, member) in &fair.members {
        let slice = i128::from(member.slice_ns) * GRAINS_PER_NS;
        let late = i128::from(LONGEST_SLICE_NS) * GRAINS_PER_NS;
        prop_assert!(member.entry.is_none() || (-slice - late..=slice).contains(&member.lag));
        prop_assert!(fair.left_ns(*id).is_some_and(|left| left > 0));
    }
    let begun = ready.iter().filter(|(id, _)| {
        begins.get(usize::from(**id)).copied().flatten().is_some_and(|begin| begin <= fair.time.now())
    });
    let first = begun.min_by_key(|(id, member)| (member.deadline, **id)).map(|(id, _)| **id);
    prop_assert_eq!(fair.pick(), first);
    prop_assert_eq!(first.is_none(), ready.is_empty());
    Ok(())
}

proptest! {
    #[test]
    fn any_history_keeps_the_mean_and_picks_the_first_of_those_that_have_begun(
        history in prop::collection::vec(steps(), 0..200),
    ) {
        let mut fair = Fair::new();
        let mut requests: Vec<(Option<i128>, Option<i128>)> = std::vec![(None, None); WHO.into()];
        for step in history {
            let expected = expected(&fair, step);
            prop_assert_eq!(take(&mut fair, step), expected);
            // A request begins where its member stands when its deadline changes or it comes back.
            for (id, (deadline, begin)) in (0..WHO).zip(&mut requests) {
                let member = fair.members.get(&id).filter(|member| member.entry.is_none());
                let new = member.map(|member| member.deadline);
                if *deadline != new {
                    (*deadline, *begin) = (new, member.map(|member| member.at));
                }
            }
            let begins: Vec<_> = requests.iter().map(|(_, begin)| *begin).collect();
            hold(&fair, &begins)?;
        }
    }

    #[test]
    fn lags_of_all_that_are_ready_add_up_to_nothing(
        weights in prop::collection::vec(1..100_u32, 1..10),
        charges in prop::collection::vec(1..10_000_000_u64, 0..100),
    ) {
        let mut fair = Fair::new();
        for (id, weight) in (0_u64..).zip(&weights) {
            fair.join(id, *weight, 3_000_000).unwrap();
            fair.ready(id).unwrap();
        }
        for ran_ns in charges {
            fair.charge(fair.pick().unwrap(), ran_ns).unwrap();
            let sum: i64 = (0_u64..).zip(&weights).map(|(id, _)| fair.lag_ns(id).unwrap()).sum();
            // Each is rounded down, by its whole ticks and to a nanosecond.
            prop_assert!((-2 * weights.len() as i64..=0).contains(&sum), "{}", sum);
        }
    }
}

#[test]
fn errors_say_what_was_asked() {
    let mut fair = Fair::new();
    assert_eq!(fair.join(1, 0, 1).unwrap_err().to_string(), "a weight of 0 is not in 1 to 1048576");
    let slice = fair.join(1, 1, u64::MAX).unwrap_err().to_string();
    assert_eq!(slice, "a slice of 18446744073709551615 ns is not in 1 ns to 10000000000 ns");
    assert_eq!(fair.charge(7, 1).unwrap_err().to_string(), "7 does not share this core");
    fair.join(1, 1, 1).unwrap();
    assert_eq!(fair.join(1, 1, 1).unwrap_err().to_string(), "1 shares this core already");
}

#[test]
fn what_does_not_make_a_tick_is_charged_all_the_same() {
    let mut fair = Fair::new();
    for id in 0..2 {
        // A nanosecond is a tick and a half.
        fair.join(id, MOST_WEIGHT / 3 * 2, 1_000).unwrap();
        fair.ready(id).unwrap();
    }
    (0..1_000).for_each(|_| fair.charge(0, 1).unwrap());
    fair.charge(1, 1_000).unwrap();
    assert_eq!((fair.lag_ns(0), fair.lag_ns(1)), (Some(0), Some(0)));
}

#[test]
fn who_was_charged_late_owes_it_after_sleep_too_and_nobody_saves_up() {
    let mut fair = Fair::new();
    for id in 0..2 {
        fair.join(id, 1, 1_000).unwrap();
        fair.ready(id).unwrap();
    }
    fair.charge(0, 6_000).unwrap();
    assert_eq!((fair.lag_ns(0), fair.lag_ns(1)), (Some(-3_000), Some(3_000)));
    fair.blocked(0).unwrap();
    fair.ready(0).unwrap();
    assert_eq!((fair.lag_ns(0), fair.lag_ns(1)), (Some(-3_000), Some(3_000)));
    fair.blocked(1).unwrap();
    fair.ready(1).unwrap();
    assert_eq!((fair.lag_ns(0), fair.lag_ns(1)), (Some(-1_000), Some(1_000)));
}
