//! What each handler contributes to the result of a raise: those that are refused, given up, filters or asynchronous
//! ones nothing, in every merge.

use spindle_event::{
    All, Any, Binding, Budget, Claim, Collect, Each, Event, FirstClaimed, Flow, Last, Max, Merge, Min,
    NotHandled, Owner, Placement, State, Sum,
};
use spindle_sync::GRACE;
use spindle_sync::boundary::overrun_here;

static OWNER: Owner = Owner::new();

fn event<R, M: Merge<R>>() -> &'static Event<u32, R, M> {
    Box::leak(Box::new(Event::new("merged", &OWNER).open_to_all()))
}

/// Ways not to contribute, by number.
const WAYS: usize = 7;

/// Installs a handler that would say `loud`, if it did not fail in this way.
fn install_failing<R: Copy + Send + Sync + 'static, M: Merge<R>>(
    event: &'static Event<u32, R, M>,
    way: usize,
    loud: R,
) -> Binding {
    let bind = || event.bind().budget(Budget::microseconds(10));
    let outcome = match way {
        0 => bind().install(|_| overrun_here()),
        1 => bind().install(|_| panic!("in a handler with a budget")),
        2 => event.bind().guard(|_: &u32| true).install(|_| panic!("behind a guard")),
        3 => event.bind().guard(|_: &u32| false).install(move |_| loud),
        4 => event.bind().guard(|_: &u32| overrun_here()).install(move |_| loud),
        // No mailbox is open here: it runs at once, and still has nothing to say to the raiser.
        5 => event.bind().install_later(Placement::Here, move |_| loud),
        _ => event.bind().install_filter(|_| ()),
    };
    outcome.expect("an open event")
}

/// What a raise gives with these handlers, among others that fail in all ways or only in the one.
fn outcomes<R: Copy + Send + Sync + 'static, M: Merge<R>>(
    quiet: &[R],
    loud: R,
    default: Option<R>,
) -> Vec<M::Output> {
    let all = (0..WAYS).map(|way| vec![way]).chain([(0..WAYS).collect()]);
    let outcome = |ways: Vec<usize>| {
        let event = event::<R, M>();
        for &way in &ways {
            install_failing(event, way, loud);
        }
        for &result in quiet {
            event.install(move |_| result).expect("an open event");
            for &way in &ways {
                install_failing(event, way, loud);
            }
        }
        if let Some(result) = default {
            event.owned(&OWNER).expect("ours").install_default(move |_| result).expect("the first");
        }
        event.raise(&0)
    };
    all.map(outcome).collect()
}

fn assert_all<T: PartialEq + std::fmt::Debug>(outcomes: Vec<T>, expected: &T) {
    outcomes.iter().enumerate().for_each(|(way, outcome)| assert_eq!(outcome, expected, "way {way}"));
}

#[test]
fn who_does_not_come_to_its_end_contributes_nothing_to_any_merge() {
    let _core = GRACE.register_thread();
    assert_all(outcomes::<u32, Last>(&[1, 2], 9, None), &Ok(2));
    assert_all(outcomes::<u32, Sum>(&[1, 2], 9, None), &3);
    assert_all(outcomes::<u32, Min>(&[3, 2], 0, None), &Ok(2));
    assert_all(outcomes::<u32, Max>(&[1, 2], 9, None), &Ok(2));
    assert_all(outcomes::<u32, Collect>(&[1, 2], 9, None), &vec![1, 2]);
    assert_all(outcomes::<bool, Any>(&[false, false], true, None), &false);
    assert_all(outcomes::<bool, All>(&[true, true], false, None), &true);
    let quiet = [Claim::Passed, Claim::Claimed(2)];
    assert_all(outcomes::<_, FirstClaimed>(&quiet, Claim::Claimed(9), None), &Ok(2));
    assert_all(outcomes::<(), Each>(&[()], (), None), &());
    assert_all(outcomes::<u32, Product>(&[2, 3], 9, None), &42);
}

#[test]
fn where_nobody_contributes_a_merge_gives_what_it_starts_with() {
    let _core = GRACE.register_thread();
    assert_all(outcomes::<u32, Last>(&[], 9, None), &Err(NotHandled));
    assert_all(outcomes::<u32, Sum>(&[], 9, None), &0);
    assert_all(outcomes::<u32, Min>(&[], 9, None), &Err(NotHandled));
    assert_all(outcomes::<u32, Max>(&[], 9, None), &Err(NotHandled));
    assert_all(outcomes::<u32, Collect>(&[], 9, None), &vec![]);
    assert_all(outcomes::<bool, Any>(&[], true, None), &false);
    assert_all(outcomes::<bool, All>(&[], false, None), &true);
    assert_all(outcomes::<_, FirstClaimed>(&[], Claim::Claimed(9), None), &Err(NotHandled));
    assert_all(outcomes::<u32, Product>(&[], 9, None), &7);
}

#[test]
fn where_nobody_contributes_the_default_handler_serves() {
    let _core = GRACE.register_thread();
    assert_all(outcomes::<u32, Last>(&[], 9, Some(5)), &Ok(5));
    assert_all(outcomes::<u32, Sum>(&[], 9, Some(5)), &5);
    assert_all(outcomes::<u32, Min>(&[], 0, Some(5)), &Ok(5));
    assert_all(outcomes::<u32, Max>(&[], 9, Some(5)), &Ok(5));
    assert_all(outcomes::<u32, Collect>(&[], 9, Some(5)), &vec![5]);
    assert_all(outcomes::<bool, Any>(&[], false, Some(true)), &true);
    assert_all(outcomes::<bool, All>(&[], true, Some(false)), &false);
    assert_all(outcomes::<_, FirstClaimed>(&[], Claim::Claimed(9), Some(Claim::Claimed(5))), &Ok(5));
    assert_all(outcomes::<u32, Product>(&[], 9, Some(5)), &35);
}

#[test]
fn where_somebody_contributes_the_default_handler_does_not_run() {
    let _core = GRACE.register_thread();
    assert_all(outcomes::<u32, Last>(&[1], 9, Some(5)), &Ok(1));
    assert_all(outcomes::<u32, Collect>(&[1], 9, Some(5)), &vec![1]);
    // Who passes has run.
    let passed = [Claim::Passed];
    assert_all(
        outcomes::<_, FirstClaimed>(&passed, Claim::Claimed(9), Some(Claim::Claimed(5))),
        &Err(NotHandled),
    );
}

#[test]
fn a_default_handler_that_is_given_up_contributes_nothing_either() {
    let _core = GRACE.register_thread();
    let event = event::<u32, Last>();
    let bind = event.owned(&OWNER).unwrap().bind().budget(Budget::microseconds(1));
    let default = bind.install_default(|_| overrun_here()).unwrap();
    for _ in 0..3 {
        assert_eq!(event.raise(&0), Err(NotHandled));
    }
    assert_eq!(default.state(), State::Quarantined);
}

#[test]
fn a_claim_ends_the_raise_and_one_that_was_given_up_did_not_claim() {
    let _core = GRACE.register_thread();
    let event = event::<Claim<u32>, FirstClaimed>();
    event.bind().budget(Budget::microseconds(1)).install(|_| overrun_here()).unwrap();
    event.bind().budget(Budget::microseconds(1)).install(|_| Claim::Claimed(1)).unwrap();
    event.install(|_| panic!("asked after a claim")).unwrap();
    assert_eq!(event.raise(&0), Ok(1));
}

/// A merge of an event's own, which starts with 7.
enum Product {}

impl Merge<u32> for Product {
    type State = u32;
    type Output = u32;

    fn start() -> u32 {
        7
    }
    fn fold(state: &mut u32, result: u32) -> Flow {
        *state *= result;
        if *state == 0 { Flow::Stop } else { Flow::Continue }
    }
    fn finish(state: u32) -> u32 {
        state
    }
}

#[test]
fn a_merge_of_an_event_s_own_folds_from_its_initial_value_and_may_stop() {
    let _core = GRACE.register_thread();
    let event = event::<u32, Product>();
    assert_eq!(event.raise(&0), 7);
    event.install(|args| *args).unwrap();
    assert_eq!(event.raise(&3), 21);
    event.install(|args| if *args == 0 { panic!("asked after a stop") } else { 2 }).unwrap();
    assert_eq!((event.raise(&3), event.raise(&0)), (42, 0));
}

#[test]
fn of_two_equal_results_the_earlier_one_is_least_and_greatest() {
    /// Equal whatever its name.
    #[derive(Clone, Copy, Debug)]
    struct Named(char);
    impl PartialEq for Named {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }
    impl Eq for Named {}
    impl PartialOrd for Named {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Named {
        fn cmp(&self, _: &Self) -> std::cmp::Ordering {
            std::cmp::Ordering::Equal
        }
    }
    let _core = GRACE.register_thread();
    let (least, greatest) = (event::<Named, Min>(), event::<Named, Max>());
    for name in ['a', 'b'] {
        least.install(move |_| Named(name)).unwrap();
        greatest.install(move |_| Named(name)).unwrap();
    }
    assert_eq!((least.raise(&0).unwrap().0, greatest.raise(&0).unwrap().0), ('a', 'a'));
}
