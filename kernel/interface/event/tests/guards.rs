//! Guards: predicates over the arguments in front of a handler, and what becomes of one that fails.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use spindle_event::{
    Binding, Claim, Collect, End, Event, FirstClaimed, Guard, Key, Owner, Pattern, State, Trouble,
};
use spindle_sync::GRACE;
use spindle_sync::boundary::overrun_here;

static OWNER: Owner = Owner::new();
static KEY: Key<u32> = Key::new("number", |args| u64::from(*args));
static KEYS: [&Key<u32>; 1] = [&KEY];

type Numbers = Event<u32, u32, Collect>;

fn event() -> &'static Numbers {
    Box::leak(Box::new(Event::new("guarded", &OWNER).open_to_all().with_keys(&KEYS)))
}

/// What the owner is told.
fn told(event: &'static Numbers) -> Arc<Mutex<Vec<Trouble>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = told.clone();
    event
        .owned(&OWNER)
        .expect("ours")
        .on_trouble(move |trouble| listener.lock().expect("no panic").push(trouble.clone()));
    told
}

fn panics(args: &u32) -> bool {
    assert!(*args != 13, "a guard that panics");
    true
}

fn overruns(args: &u32) -> bool {
    if *args == 13 { overrun_here() } else { true }
}

#[test]
fn guards_and_handlers_are_closures_with_state_of_their_own() {
    let _core = GRACE.register_thread();
    let event = event();
    let asked = Arc::new(AtomicU32::new(0));
    for limit in [10, 20] {
        let (asked, add) = (asked.clone(), limit * 100);
        let guard = move |args: &u32| {
            asked.fetch_add(1, Ordering::Relaxed);
            *args < limit
        };
        event.bind().guard(guard).install(move |args| args + add).unwrap();
    }
    assert_eq!([5, 15, 25].map(|args| event.raise(&args)), [vec![1005, 2005], vec![2015], vec![]]);
    assert_eq!(asked.load(Ordering::Relaxed), 6);
}

#[test]
fn a_guard_may_be_a_type_that_can_only_say_yes() {
    struct Yes;
    impl Guard<u32> for Yes {
        fn holds(&self, _: &u32) -> bool {
            true
        }
        fn can_refuse(&self) -> bool {
            false
        }
    }
    let _core = GRACE.register_thread();
    let event = event();
    event.bind().guard(Yes).install(|_| 1).unwrap();
    assert_eq!(event.raise(&0), [1]);
    assert!(!event.bindings()[0].has_guard);
}

#[test]
fn no_guard_is_asked_after_a_claim() {
    let _core = GRACE.register_thread();
    let event: &'static Event<u32, Claim<u32>, FirstClaimed> =
        Box::leak(Box::new(Event::new("claimed", &OWNER).open_to_all()));
    event.bind().guard(|args: &u32| *args > 0).install(|_| Claim::Claimed(1)).unwrap();
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    let guard = move |_: &u32| count.fetch_add(1, Ordering::Relaxed) < u32::MAX;
    event.bind().guard(guard).install(|_| Claim::Claimed(2)).unwrap();
    assert_eq!((event.raise(&1), asked.load(Ordering::Relaxed)), (Ok(1), 0));
    assert_eq!((event.raise(&0), asked.load(Ordering::Relaxed)), (Ok(2), 1));
}

/// That `bad`, which stands before others that say 1 and 2, fails for 13 and only then, and what follows.
fn assert_fails_once(event: &'static Numbers, bad: &Binding, end: End) {
    let told = told(event);
    assert_eq!(event.raise(&12), [1, 0, 2]);
    assert!(bad.is_installed());
    // It counts as a no, and the raise goes on.
    assert_eq!(event.raise(&13), [1, 2]);
    assert_eq!(bad.state(), State::Quarantined);
    let told = told.lock().expect("no panic");
    let [trouble] = &told[..] else { panic!("{told:?}") };
    assert_eq!((trouble.event.as_deref(), trouble.binding, trouble.end), (Some("guarded"), bad.id(), end));
    assert!(trouble.in_guard && trouble.is_quarantined);
    assert_eq!((trouble.strikes, trouble.core), (1, spindle_event::cores::current()));
    assert_eq!((event.raise(&12), event.raise(&13)), (vec![1, 2], vec![1, 2]));
}

#[test]
fn a_guard_that_panics_counts_as_a_no_is_blamed_and_its_binding_quarantined() {
    let _core = GRACE.register_thread();
    let event = event();
    event.install(|_| 1).unwrap();
    let bad = event.bind().guard(panics).install(|_| 0).unwrap();
    event.install(|_| 2).unwrap();
    assert_fails_once(event, &bad, End::Panicked);
}

#[test]
fn a_guard_that_overruns_counts_as_a_no_is_blamed_and_its_binding_quarantined() {
    let _core = GRACE.register_thread();
    let event = event();
    event.install(|_| 1).unwrap();
    let bad = event.bind().guard(overruns).install(|_| 0).unwrap();
    event.bind().guard(|_: &u32| true).install(|_| 2).unwrap();
    assert_fails_once(event, &bad, End::Overran);
}

#[test]
fn a_guard_that_fails_behind_a_key_is_blamed_too() {
    let _core = GRACE.register_thread();
    let event = event();
    let teens = || Pattern::range(10..=19).unwrap();
    event.install(|_| 1).unwrap();
    let bad = event.bind().guard(panics).when(&KEY, teens()).install(|_| 0).unwrap();
    event.bind().when(&KEY, teens()).install(|_| 2).unwrap();
    assert_fails_once(event, &bad, End::Panicked);
}

#[test]
fn a_guard_that_fails_among_rows_without_a_key_is_blamed_where_others_have_one() {
    let _core = GRACE.register_thread();
    let event = event();
    event.bind().when(&KEY, Pattern::range(0..=u64::MAX).unwrap()).install(|_| 1).unwrap();
    let bad = event.bind().guard(overruns).install(|_| 0).unwrap();
    event.bind().when(&KEY, Pattern::one_of([12, 13]).unwrap()).install(|_| 2).unwrap();
    assert_fails_once(event, &bad, End::Overran);
}

#[test]
fn a_guard_that_fails_among_filters_is_blamed_too() {
    let _core = GRACE.register_thread();
    let event = event();
    event.bind().install_filter(|_| ()).unwrap();
    event.install(|_| 1).unwrap();
    let bad = event.bind().guard(panics).install(|_| 0).unwrap();
    event.install(|_| 2).unwrap();
    assert_fails_once(event, &bad, End::Panicked);
}

#[test]
fn an_imposed_guard_that_fails_counts_as_a_no() {
    let _core = GRACE.register_thread();
    let event = event();
    event.install(|_| 1).unwrap();
    let bad = event.install(|_| 0).unwrap();
    event.install(|_| 2).unwrap();
    event.owned(&OWNER).unwrap().impose(bad.id(), overruns).unwrap();
    assert_fails_once(event, &bad, End::Overran);
}

#[test]
fn several_guards_may_fail_in_one_raise_and_every_other_handler_runs_once() {
    let _core = GRACE.register_thread();
    let event = event();
    let mut bad = Vec::new();
    for number in 0..100 {
        if number % 7 == 0 {
            bad.push(event.bind().guard(panics).install(|_| 1000).unwrap());
        } else {
            event.bind().guard(|_: &u32| true).install(move |_| number).unwrap();
        }
    }
    let expected: Vec<u32> = (0..100).filter(|number| number % 7 != 0).collect();
    assert_eq!(event.raise(&13), expected);
    assert!(bad.iter().all(|bad| bad.state() == State::Quarantined));
    assert_eq!(event.raise(&12), expected);
}

#[test]
fn the_default_handler_runs_when_every_guard_failed() {
    let _core = GRACE.register_thread();
    let event = event();
    event.owned(&OWNER).unwrap().install_default(|_| 9).unwrap();
    event.bind().guard(panics).install(|_| 0).unwrap();
    event.bind().guard(overruns).install(|_| 0).unwrap();
    assert_eq!(event.raise(&13), [9]);
}

#[test]
fn a_guard_before_the_default_handler_keeps_it_out() {
    let _core = GRACE.register_thread();
    let event = event();
    let owned = event.owned(&OWNER).unwrap();
    let small = |args: &u32| *args < 100;
    let default =
        owned.bind().guard(small).when(&KEY, Pattern::range(3..=200).unwrap()).install_default(|_| 9);
    let default = default.unwrap();
    assert_eq!([2, 3, 99, 100].map(|args| event.raise(&args).len()), [0, 1, 1, 0]);
    let odd = owned.impose(default.id(), |args: &u32| !args.is_multiple_of(2)).unwrap();
    assert_eq!([3, 4, 99, 100].map(|args| event.raise(&args).len()), [1, 0, 1, 0]);
    assert!(owned.lift(odd));
    owned.impose(default.id(), panics).unwrap();
    assert_eq!((event.raise(&12), event.raise(&13)), (vec![9], vec![]));
    assert_eq!(default.state(), State::Quarantined);
}
