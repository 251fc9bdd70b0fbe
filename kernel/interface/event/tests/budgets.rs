//! Handlers that are held to a time of their own. A handler plays one that takes too long by [`overrun_here`].
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::sync::{Arc, Mutex};

use spindle_event::registry;
use spindle_event::{
    Binding, Budget, Collect, Counted, End, Event, InstallError, Limits, NotHandled, Owner, State, Trouble,
    cores, trouble,
};
use spindle_sync::boundary::overrun_here;
use spindle_sync::{Authority, GRACE};

static OWNER: Owner = Owner::new();
static KERNEL_HEARD: Mutex<Vec<Trouble>> = Mutex::new(Vec::new());

const SHORT: Budget = Budget::microseconds(10);

type Numbers = Event<u32, u32, Collect>;

fn event(name: &'static str, strikes: u32) -> &'static Numbers {
    let limits = Limits { strikes, ..Limits::DEFAULT };
    Box::leak(Box::new(Event::new(name, &OWNER).open_to_all().with_limits(limits)))
}

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

/// Overruns for 13, panics for 14.
fn unlucky(args: &u32) -> u32 {
    match *args {
        13 => overrun_here(),
        14 => panic!("fourteen"),
        other => other,
    }
}

fn install_unlucky(event: &'static Numbers) -> Binding {
    event.bind().budget(SHORT).install(unlucky).expect("an open event")
}

#[test]
fn a_handler_that_takes_too_long_is_ended_and_the_raise_goes_on_with_the_next() {
    let _core = GRACE.register_thread();
    let event = event("first", 100);
    event.install(|_| 1).unwrap();
    install_unlucky(event);
    event.bind().budget(SHORT).install(|_| 2).unwrap();
    event.install(|_| 3).unwrap();
    assert_eq!([12, 13, 14].map(|args| event.raise(&args)), [&[1, 12, 2, 3][..], &[1, 2, 3], &[1, 2, 3]]);
}

#[test]
fn an_only_handler_that_is_ended_leaves_its_raiser_with_nothing() {
    let _core = GRACE.register_thread();
    static EVENT: Event<u32, u32, spindle_event::Last> = Event::new("only", &OWNER).open_to_all();
    EVENT.bind().budget(SHORT).install(unlucky).unwrap();
    assert_eq!([12, 13, 14].map(|args| EVENT.raise(&args)), [Ok(12), Err(NotHandled), Err(NotHandled)]);
}

#[test]
fn after_as_many_strikes_as_the_event_allows_a_binding_is_uninstalled_for_good() {
    let _core = GRACE.register_thread();
    for strikes in 1..5 {
        let event = event("strict", strikes);
        let binding = install_unlucky(event);
        for strike in 1..=strikes {
            assert!(binding.is_installed(), "before strike {strike} of {strikes}");
            // Overruns and panics both count, successes in between do not.
            assert_eq!(event.raise(&(13 + strike % 2)), []);
            assert_eq!(event.raise(&1).len(), usize::from(strike < strikes));
        }
        assert_eq!(binding.state(), State::Quarantined);
        assert_eq!(binding.install(), Err(InstallError::Quarantined { binding: binding.id() }));
    }
}

#[test]
fn three_strikes_are_allowed_where_nothing_is_said() {
    assert_eq!(Limits::default().strikes, 3);
}

#[test]
fn strikes_are_counted_for_each_binding_and_not_forgotten_while_it_is_off() {
    let _core = GRACE.register_thread();
    let event = event("strict", 2);
    let one = install_unlucky(event);
    event.raise(&13);
    one.uninstall_soon();
    let other = install_unlucky(event);
    event.raise(&13);
    assert!(other.is_installed());
    one.install().unwrap();
    other.uninstall_soon();
    event.raise(&14);
    assert_eq!((one.state(), other.state()), (State::Quarantined, State::Off));
}

#[test]
fn the_owner_and_the_kernel_are_told_of_each_strike() {
    let _core = GRACE.register_thread();
    trouble::set_kernel(&authority(), |trouble| KERNEL_HEARD.lock().unwrap().push(trouble.clone()));
    let event = event("watched-over", 2);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = heard.clone();
    event.owned(&OWNER).unwrap().on_trouble(move |trouble| listener.lock().unwrap().push(trouble.clone()));
    let binding = install_unlucky(event);
    let code = event.bindings()[0].code;
    event.raise(&13);
    event.raise(&14);
    let expected = |end, strikes, is_quarantined| Trouble {
        by_other: false,
        event: Some("watched-over".into()),
        binding: binding.id(),
        code,
        end,
        in_guard: false,
        core: cores::current(),
        strikes,
        is_quarantined,
    };
    let expected = [expected(End::Overran, 1, false), expected(End::Panicked, 2, true)];
    assert_eq!(*heard.lock().unwrap(), expected);
    let mut kernel = KERNEL_HEARD.lock().unwrap().clone();
    kernel.retain(|trouble| trouble.event.as_deref() == Some("watched-over"));
    assert_eq!(kernel, expected);
    let said = expected[1].to_string();
    assert!(said.contains("panicked") && said.ends_with("strike 2: uninstalled"), "{said}");
}

#[test]
fn a_handler_without_a_budget_that_panics_among_guards_is_ended_too() {
    let _core = GRACE.register_thread();
    let event = event("mixed", 1);
    event.bind().guard(|_: &u32| true).install(|_| 1).unwrap();
    let bad = event.install(unlucky).unwrap();
    event.install(|_| 2).unwrap();
    assert_eq!(event.raise(&14), [1, 2]);
    assert_eq!(bad.state(), State::Quarantined);
    assert_eq!(event.raise(&14), [1, 2]);
}

#[test]
fn of_calls_in_calls_only_the_innermost_is_ended() {
    let _core = GRACE.register_thread();
    static INNER: Event<u32, u32, Collect> = Event::new("inner", &OWNER).open_to_all();
    let inner = INNER.bind().budget(SHORT).install(unlucky).unwrap();
    let outer = event("outer", 1);
    let binding = outer.bind().budget(SHORT).install(|args| INNER.raise(args).len() as u32).unwrap();
    assert_eq!([12, 13].map(|args| outer.raise(&args)), [[1], [0]]);
    assert!(inner.is_installed() && binding.is_installed());
    let counted = outer.bindings()[0].counted;
    assert_eq!((counted.overruns, INNER.bindings()[0].counted.overruns), (0, 1));
}

#[test]
fn what_had_to_be_ended_is_counted_and_runs_are_not() {
    let _core = GRACE.register_thread();
    let event = event("counted", 100);
    install_unlucky(event);
    event.install(|_| 0).unwrap();
    for args in [1, 2, 13, 13, 14] {
        event.raise(&args);
    }
    let [limited, free] = &event.bindings()[..] else { panic!("two bindings") };
    assert_eq!((limited.counted.runs, limited.counted.overruns, limited.counted.panics), (0, 2, 1));
    assert_eq!(free.counted, Counted::default());
}

#[test]
fn every_handler_of_an_event_that_is_traced_is_counted_and_its_runs_are_noted() {
    let _core = GRACE.register_thread();
    let event = event("traced", 100);
    let binding = install_unlucky(event);
    let free = event.install(|_| 0).unwrap();
    event.raise(&1);
    assert_eq!(registry::trace(&authority(), "traced", true), 1);
    event.raise(&13);
    let runs = registry::runs(&authority(), "traced");
    let seen: Vec<_> = runs.iter().map(|run| (run.binding, run.end, run.core)).collect();
    let here = cores::current();
    assert_eq!(seen, [(binding.id(), Some(End::Overran), here), (free.id(), None, here)]);
    let later = event.install(|_| 1).unwrap();
    event.raise(&1);
    assert_eq!(registry::runs(&authority(), "traced").last().map(|run| run.binding), Some(later.id()));
    assert_eq!(registry::trace(&authority(), "traced", false), 1);
    event.raise(&1);
    assert_eq!(registry::runs(&authority(), "traced"), []);
    assert_eq!(event.bindings()[1].counted.runs, 2);
}

#[test]
fn a_budget_is_at_least_a_microsecond() {
    assert_eq!(Budget::microseconds(0), Budget::microseconds(1));
    assert_eq!(Budget::microseconds(250).as_microseconds(), 250);
    assert_eq!(Budget::microseconds(250).to_string(), "250 us");
}
