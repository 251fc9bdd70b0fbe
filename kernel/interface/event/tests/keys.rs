//! Handlers that are found by a key of the arguments.

use spindle_event::{Budget, Claim, Collect, Event, FirstClaimed, InstallError, Key, Owner, Pattern};
use spindle_sync::GRACE;
use spindle_sync::boundary::overrun_here;

static OWNER: Owner = Owner::new();

#[derive(Clone)]
struct Packet {
    port: u64,
    address: u64,
}

static PORT: Key<Packet> = Key::new("port", |packet: &Packet| packet.port);
static ADDRESS: Key<Packet> = Key::new("address", |packet: &Packet| packet.address);
static KEYS: [&Key<Packet>; 2] = [&PORT, &ADDRESS];
static OTHER: Key<Packet> = Key::new("other", |_| 0);

type Names = Event<Packet, char, Collect>;

fn event() -> &'static Names {
    Box::leak(Box::new(Event::new("keyed", &OWNER).open_to_all().with_keys(&KEYS)))
}

fn raised(event: &Names, port: u64, address: u64) -> String {
    event.raise(&Packet { port, address }).into_iter().collect()
}

fn prefix(value: u64, bits: u32) -> Pattern {
    Pattern::longest_prefix(value, bits).expect("a prefix")
}

fn range(range: std::ops::RangeInclusive<u64>) -> Pattern {
    Pattern::range(range).expect("a range")
}

#[test]
fn a_handler_runs_for_the_key_that_equals_its_own() {
    let _core = GRACE.register_thread();
    let event = event();
    for (port, name) in [(80, 'a'), (22, 'b'), (80, 'c')] {
        event.bind().when(&PORT, Pattern::equal(port)).install(move |_| name).unwrap();
    }
    assert_eq!([80, 22, 81].map(|port| raised(event, port, 0)), ["ac", "b", ""]);
}

#[test]
fn a_handler_runs_for_each_of_a_set_and_for_a_range_with_its_ends() {
    let _core = GRACE.register_thread();
    let event = event();
    event.bind().when(&PORT, Pattern::one_of([5, 1, 9]).unwrap()).install(|_| 's').unwrap();
    event.bind().when(&PORT, range(5..=8)).install(|_| 'r').unwrap();
    event.bind().when(&PORT, range(8..=u64::MAX)).install(|_| 'q').unwrap();
    let expected = ["", "s", "", "sr", "r", "rq", "sq", "q"];
    assert_eq!([0, 1, 4, 5, 7, 8, 9, u64::MAX].map(|port| raised(event, port, 0)), expected);
}

#[test]
fn of_prefixes_only_the_longest_one_runs_and_the_next_when_it_is_gone() {
    let _core = GRACE.register_thread();
    let event = event();
    event.bind().when(&ADDRESS, prefix(0, 0)).install(|_| '0').unwrap();
    let long = event.bind().when(&ADDRESS, prefix(0x0a01 << 48, 16)).install(|_| '2').unwrap();
    event.bind().when(&ADDRESS, prefix(0x0a00 << 48, 8)).install(|_| '1').unwrap();
    event.bind().when(&ADDRESS, prefix(0x0a01 << 48, 16)).install(|_| '3').unwrap();
    let in_both = 0x0a01_u64 << 48 | 7;
    assert_eq!([in_both, 0x0aff << 48, 7].map(|address| raised(event, 0, address)), ["23", "1", "0"]);
    long.uninstall_soon();
    assert_eq!(raised(event, 0, in_both), "3");
}

/// Handlers of each kind, in the order of the alphabet. Says which they are for.
fn install_mixed(event: &'static Names) -> impl Fn(u64) -> String {
    for name in 'a'..='z' {
        let bind = event.bind();
        let bind = match u32::from(name) % 6 {
            0 => bind.when(&PORT, Pattern::equal(7)),
            1 => bind.when(&PORT, Pattern::one_of([7, 8]).expect("a set")),
            2 => bind.when(&PORT, range(0..=7)),
            3 => bind.when(&PORT, prefix(0, 32)),
            4 => bind.when(&ADDRESS, Pattern::equal(1)),
            _ => bind,
        };
        bind.install(move |_| name).expect("an open event");
    }
    |port| {
        let is_for = |name: &char| match u32::from(*name) % 6 {
            0 => port == 7,
            1 => port == 7 || port == 8,
            2 => port <= 7,
            _ => true,
        };
        ('a'..='z').filter(is_for).collect()
    }
}

#[test]
fn rows_of_all_kinds_run_in_the_one_order_of_the_event() {
    let _core = GRACE.register_thread();
    let event = event();
    let expected = install_mixed(event);
    for port in [6, 7, 8, 9] {
        assert_eq!(raised(event, port, 1), expected(port), "port {port}");
    }
    let first = event.bind().first().when(&PORT, Pattern::equal(7)).install(|_| '<').unwrap();
    event.bind().last().when(&PORT, Pattern::equal(7)).install(|_| '>').unwrap();
    event.bind().before(&first).install(|_| '(').unwrap();
    assert_eq!(raised(event, 7, 1), format!("(<{}>", expected(7)));
    assert_eq!(raised(event, 8, 1), format!("({}", expected(8)));
}

#[test]
fn a_filter_among_keyed_handlers_changes_nothing_about_who_runs() {
    let _core = GRACE.register_thread();
    let event = event();
    let expected = install_mixed(event);
    let filter = event.bind().first().install_filter(|_| ()).unwrap();
    for port in [6, 7, 8, 9] {
        assert_eq!(raised(event, port, 1), expected(port), "port {port}");
    }
    event.bind().when(&PORT, prefix(0, 40)).install(|_| '!').unwrap();
    let with_filter = raised(event, 6, 1);
    filter.uninstall_soon();
    assert_eq!(raised(event, 6, 1), with_filter, "the longest prefix is the same");
}

#[test]
fn of_two_keys_both_must_hold() {
    let _core = GRACE.register_thread();
    let event = event();
    event.bind().when(&PORT, Pattern::equal(1)).when(&ADDRESS, Pattern::equal(2)).install(|_| 'a').unwrap();
    event.bind().when(&ADDRESS, range(0..=2)).when(&PORT, range(1..=9)).install(|_| 'b').unwrap();
    event.bind().when(&PORT, range(0..=5)).when(&PORT, range(4..=9)).install(|_| 'c').unwrap();
    let expected = ["ab", "", "b", "bc", "c", ""];
    let raises = [(1, 2), (1, 3), (9, 2), (5, 1), (4, 3), (6, 3)];
    assert_eq!(raises.map(|(port, address)| raised(event, port, address)), expected);
}

#[test]
fn a_handler_with_a_key_may_have_a_guard_and_a_budget_too() {
    let _core = GRACE.register_thread();
    let event = event();
    let guard = |packet: &Packet| packet.address > 0;
    event.bind().guard(guard).when(&PORT, Pattern::equal(1)).install(|_| 'g').unwrap();
    let bad = |packet: &Packet| if packet.address == 13 { overrun_here() } else { 'b' };
    event.bind().when(&PORT, range(1..=2)).budget(Budget::microseconds(9)).install(bad).unwrap();
    event.bind().when(&PORT, Pattern::equal(1)).install(|_| 'z').unwrap();
    assert_eq!([0, 1, 13].map(|address| raised(event, 1, address)), ["bz", "gbz", "gz"]);
    assert_eq!(raised(event, 2, 1), "b");
}

#[test]
fn a_claim_of_a_handler_with_a_key_ends_the_raise() {
    let _core = GRACE.register_thread();
    let event: &'static Event<Packet, Claim<char>, FirstClaimed> =
        Box::leak(Box::new(Event::new("keyed", &OWNER).open_to_all().with_keys(&KEYS)));
    let raise = |port| event.raise(&Packet { port, address: 0 }).ok();
    event.bind().when(&PORT, Pattern::equal(1)).install(|_| Claim::Passed).unwrap();
    event.bind().when(&PORT, Pattern::equal(1)).install(|_| Claim::Claimed('a')).unwrap();
    event.bind().when(&PORT, Pattern::equal(1)).install(|_| panic!("asked after a claim")).unwrap();
    assert_eq!([1, 2].map(raise), [Some('a'), None]);
    event.install(|_| Claim::Claimed('u')).unwrap();
    assert_eq!([1, 2].map(raise), [Some('a'), Some('u')]);
}

#[test]
fn the_default_handler_runs_for_keys_that_nobody_is_for() {
    let _core = GRACE.register_thread();
    let event = event();
    event.owned(&OWNER).unwrap().install_default(|_| 'd').unwrap();
    event.bind().when(&PORT, Pattern::equal(1)).install(|_| 'a').unwrap();
    assert_eq!([1, 2].map(|port| raised(event, port, 0)), ["a", "d"]);
}

#[test]
fn handlers_with_keys_come_and_go_by_the_hundred() {
    let _core = GRACE.register_thread();
    let event = event();
    let bind = |port| event.bind().when(&PORT, Pattern::equal(port)).install(move |_| 'x').unwrap();
    let bindings: Vec<_> = (0..500).map(|port| bind(port % 250)).collect();
    assert!((0..250).all(|port| raised(event, port, 0) == "xx"));
    bindings[..250].iter().for_each(|binding| assert!(binding.uninstall_soon().was_installed()));
    assert!((0..250).all(|port| raised(event, port, 0) == "x"));
    drop(bindings);
    assert_eq!(event.bindings().len(), 250);
}

#[test]
fn a_key_that_the_event_does_not_have_is_refused() {
    let event = event();
    let refused = InstallError::UnknownKey { event: "keyed".into(), key: "other" };
    let stranger = event.bind().when(&OTHER, Pattern::equal(1)).install(|_| 'a').map(|_| ());
    assert_eq!(stranger, Err(refused.clone()));
    let owned = event.owned(&OWNER).unwrap();
    assert_eq!(owned.bind().when(&OTHER, Pattern::equal(1)).create(|_| 'a').map(|_| ()), Err(refused));
}

#[test]
#[should_panic(expected = "an event has at most four keys")]
fn an_event_with_more_than_four_keys_panics_where_it_is_declared() {
    static FIVE: [&Key<Packet>; 5] = [&PORT, &ADDRESS, &OTHER, &PORT, &ADDRESS];
    let _: Event<Packet> = Event::new("many", &OWNER).with_keys(&FIVE);
}
