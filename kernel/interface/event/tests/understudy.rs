//! Code that takes the place of other code: what it installs before, the step, and what was under way meanwhile.
//!
//! Functions stand in for domains: where a handler's type is compiled to says whose it is. One test at a time: whose code
//! is an understudy is static.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::hint::black_box;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};
use std::thread;

use spindle_event::mailbox::{self, KERNEL_SLOTS};
use spindle_event::understudy::{self, TakenOver};
use spindle_event::{
    Collect, Event, InstallError, Limits, Owner, Placement, State, SwapError, cores, registry, swap,
};
use spindle_sync::{Authority, GRACE};

static OWNER: Owner = Owner::new();
static ALONE: Mutex<()> = Mutex::new(());
const NOWHERE: Range<usize> = 0..0;

type Numbers = Event<u32, u32, Collect>;

/// Nothing of the tests before is bound any more.
fn alone() -> MutexGuard<'static, ()> {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    registry::remove_bindings(&authority(), 0..usize::MAX);
    alone
}

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

fn event(limit: usize) -> &'static Numbers {
    let limits = Limits { bindings: limit, ..Limits::DEFAULT };
    Box::leak(Box::new(Event::new("numbers", &OWNER).open_to_all().with_limits(limits)))
}

/// The handlers of one domain: of one type, so compiled to one place.
fn handler<const DOMAIN: u32>(number: u32) -> impl Fn(&u32) -> u32 + Send + Sync + 'static {
    move |args| number + DOMAIN * 1000 + *args
}

/// Where those lie.
fn code<const DOMAIN: u32>() -> Range<usize> {
    let probe = event(1);
    let _held = probe.bind().create(handler::<DOMAIN>(0)).expect("room");
    let code = probe.bindings()[0].code;
    code..code + 1
}

/// Domain 2 is to take the place of domain 1.
fn begin() -> (Range<usize>, Range<usize>) {
    let (old, new) = (code::<1>(), code::<2>());
    understudy::begin(&authority(), new.clone(), NOWHERE, old.clone());
    (old, new)
}

fn take_over(new: &Range<usize>) -> Result<TakenOver, SwapError> {
    understudy::take_over(&authority(), new, &NOWHERE)
}

#[test]
fn an_understudys_handlers_come_on_when_those_of_the_old_one_go_at_all_events() {
    let (_alone, _core) = (alone(), GRACE.register_thread());
    let (first, second) = (event(9), event(9));
    let old = [first, second, second].map(|event| event.install(handler::<1>(1)).expect("room"));
    let other = first.install(handler::<3>(0)).expect("room");
    let (_, new) = begin();
    let next = first.install(handler::<2>(2)).expect("room");
    let next_first = second.bind().first().install(handler::<2>(3)).expect("room");
    assert_eq!((next.state(), next_first.state()), (State::Off, State::Off));
    assert_eq!((first.raise(&0), second.raise(&0)), (vec![1001, 3000], vec![1001, 1001]));

    assert_eq!(take_over(&new), Ok(TakenOver { off: 3, on: 2 }));
    assert_eq!((first.raise(&0), second.raise(&0)), (vec![3000, 2002], vec![2003]));
    assert!(old.iter().all(|binding| binding.state() == State::Gone) && other.is_installed());
    assert!(matches!(old[0].install(), Err(InstallError::Gone { .. })));
    // It is like any other from then on.
    let later = first.install(handler::<2>(4)).expect("room");
    assert!(later.is_installed());
    assert_eq!(take_over(&new), Err(SwapError::NoUnderstudy { code: new.start }));
}

#[test]
fn nothing_was_seen_of_an_understudy_that_fails() {
    let (_alone, _core) = (alone(), GRACE.register_thread());
    let event = event(2);
    let old = event.install(handler::<1>(1)).expect("room");
    let (_, new) = begin();
    let next = event.install(handler::<2>(2)).expect("room");
    assert_eq!(registry::remove_bindings(&authority(), new.clone()), 1);
    understudy::end(&authority(), &new);
    assert_eq!((event.raise(&0), event.bindings().len()), (vec![1001], 1));
    assert_eq!((old.state(), next.state()), (State::Installed, State::Gone));
    assert!(matches!(take_over(&new), Err(SwapError::NoUnderstudy { .. })));
}

#[test]
fn an_understudy_finds_room_at_an_event_that_is_full_of_the_old_one() {
    let (_alone, _core) = (alone(), GRACE.register_thread());
    let event = event(2);
    let old = [1, 2].map(|number| event.install(handler::<1>(number)).expect("room"));
    let (_, new) = begin();
    let next = [3, 4].map(|number| event.install(handler::<2>(number)).expect("its place"));
    let is_full = |refused| matches!(refused, Err(InstallError::TooMany { limit: 2, .. }));
    assert!(is_full(event.install(handler::<2>(5))) && is_full(event.install(handler::<3>(6))));
    take_over(&new).expect("in their place");
    assert_eq!(event.raise(&0), [2003, 2004]);
    assert!(is_full(event.install(handler::<3>(6))));
    drop((old, next));
}

#[test]
fn a_default_handler_passes_to_the_understudy_and_that_of_another_does_not() {
    let (_alone, _core) = (alone(), GRACE.register_thread());
    let (ours, others) = (event(9), event(9));
    let default = |event: &'static Numbers| event.owned(&OWNER).expect("ours");
    default(ours).install_default(handler::<1>(1)).expect("the first");
    default(others).install_default(handler::<3>(1)).expect("the first");
    let (_, new) = begin();
    let next = default(ours).install_default(handler::<2>(2)).expect("in its place");
    let refused = default(others).install_default(handler::<2>(2));
    assert!(matches!(refused, Err(InstallError::DefaultTaken { .. })));
    assert_eq!(ours.raise(&0), [1001]);
    assert_eq!(take_over(&new), Ok(TakenOver { off: 1, on: 1 }));
    assert_eq!((ours.raise(&0), others.raise(&0)), (vec![2002], vec![3001]));
    drop(next);
}

#[test]
fn what_an_understudy_creates_installs_swaps_and_takes_off_is_as_it_left_it() {
    let (_alone, _core) = (alone(), GRACE.register_thread());
    let event = event(9);
    let (_, new) = begin();
    let [stays_off, comes, twice, goes, swapped] =
        [1, 2, 3, 4, 5].map(|number| event.bind().create(handler::<2>(number)).expect("room"));
    comes.install().expect("due");
    twice.install().and(twice.install()).expect("due");
    goes.install().expect("due");
    goes.uninstall_soon();
    swap(&[&twice], &[&swapped]).expect("due, too");
    // Nobody holds it, and it is due all the same.
    event.install(handler::<2>(6)).map(drop).expect("room");
    event.bind().create(handler::<2>(7)).map(drop).expect("room");
    assert_eq!(event.raise(&0), [0; 0]);
    assert_eq!(take_over(&new), Ok(TakenOver { off: 0, on: 3 }));
    assert_eq!(event.raise(&0), [2002, 2005, 2006]);
    assert_eq!((stays_off.state(), goes.state(), twice.state()), (State::Off, State::Off, State::Off));
}

#[test]
fn a_take_over_that_is_refused_changes_nothing_anywhere() {
    let (_alone, _core) = (alone(), GRACE.register_thread());
    let (first, second) = (event(9), event(9));
    let _old = [first, second].map(|event| event.install(handler::<1>(1)).expect("room"));
    let anchor = second.install(handler::<3>(0)).expect("room");
    let (_, new) = begin();
    let _next = first.install(handler::<2>(2)).expect("room");
    let next = second.bind().before(&anchor).install(handler::<2>(2)).expect("room");
    let _ = anchor.uninstall_soon();
    let refused = take_over(&new);
    assert!(matches!(refused, Err(SwapError::Install(InstallError::AnchorGone { .. }))), "{refused:?}");
    assert_eq!((first.raise(&0), second.raise(&0)), (vec![1001], vec![1001]));
    // It is an understudy still, and can try again.
    anchor.install().expect("as it was");
    assert_eq!(take_over(&new), Ok(TakenOver { off: 2, on: 2 }));
    assert_eq!((first.raise(&0), second.raise(&0)), (vec![2002], vec![2002, 3000]));
    drop(next);
}

#[test]
fn what_was_sent_to_the_old_one_runs_there_and_what_is_sent_afterwards_in_the_new_one() {
    static RUNS: Mutex<Vec<(u32, u32)>> = Mutex::new(Vec::new());
    fn later<const DOMAIN: u32>() -> impl Fn(&u32) + Send + Sync + 'static {
        |args| RUNS.lock().expect("whole").push((DOMAIN, *args))
    }
    fn code_of<const DOMAIN: u32>(event: &'static Event<u32>) -> Range<usize> {
        let held = event.bind().create(later::<DOMAIN>()).expect("room");
        let code = event.bindings().iter().find(|info| info.id == held.id()).expect("there").code;
        code..code + 1
    }
    let (_alone, _core) = (alone(), GRACE.register_thread());
    let event: &'static Event<u32> = Box::leak(Box::new(Event::new("later", &OWNER).open_to_all()));
    let mut arrivals = mailbox::open(&authority(), cores::current(), KERNEL_SLOTS + 8).expect("closed");
    let (old, new) = (code_of::<1>(event), code_of::<2>(event));
    let install = |outcome: Result<_, _>| outcome.expect("room");
    let first = install(event.bind().install_later(Placement::Here, later::<1>()));
    event.raise(&1);
    event.post(cores::current(), 2).expect("a slot");
    understudy::begin(&authority(), new.clone(), NOWHERE, old.clone());
    let second = install(event.bind().install_later(Placement::Here, later::<2>()));
    event.raise(&3);
    take_over(&new).expect("ours");
    event.raise(&4);
    registry::remove_bindings(&authority(), old);
    while let Some(arrived) = arrivals.pop() {
        mailbox::run(arrived);
    }
    let mut runs = RUNS.lock().expect("whole").clone();
    runs.sort_by_key(|run| run.1);
    assert_eq!(runs, [(1, 1), (2, 2), (1, 3), (2, 4)]);
    assert_eq!((first.state(), second.state()), (State::Gone, State::Installed));
}

#[test]
fn at_its_own_events_the_old_one_goes_on_until_it_is_withdrawn() {
    let (_alone, _core) = (alone(), GRACE.register_thread());
    let (its_own, others) = (event(9), event(9));
    let _old = [its_own, others].map(|event| event.install(handler::<1>(1)).expect("room"));
    let (old, new) = begin();
    let data = std::ptr::from_ref(its_own).addr()..std::ptr::from_ref(its_own).addr() + 1;
    assert_eq!(understudy::take_over(&authority(), &new, &data), Ok(TakenOver { off: 1, on: 0 }));
    assert_eq!((its_own.raise(&0), others.raise(&0)), (vec![1001], vec![]));
    assert_eq!(registry::remove_bindings(&authority(), old), 1);
}

#[test]
fn at_its_own_events_an_understudy_has_its_handlers_at_once() {
    let (_alone, _core) = (alone(), GRACE.register_thread());
    let (its_own, others) = (event(9), event(9));
    let data = std::ptr::from_ref(its_own).addr()..std::ptr::from_ref(its_own).addr() + 1;
    let (old, new) = (code::<1>(), code::<2>());
    understudy::begin(&authority(), new.clone(), data, old);
    let created = its_own.bind().create(handler::<2>(1)).expect("room");
    created.install().expect("its own");
    let [first, second] = [its_own, others].map(|event| event.install(handler::<2>(2)).expect("room"));
    assert!(first.is_installed() && !second.is_installed());
    assert_eq!(its_own.raise(&0), [2001, 2002]);
    assert_eq!(take_over(&new), Ok(TakenOver { off: 0, on: 1 }));
    assert_eq!((its_own.raise(&0), others.raise(&0)), (vec![2001, 2002], vec![2002]));
}

/// What versions answer with that play a domain in turn: their number.
fn version<const WHICH: usize>(number: u64) -> impl Fn(&()) -> u64 + Send + Sync + 'static {
    // So that no two of them are compiled to one.
    move |()| number + black_box(WHICH as u64) - WHICH as u64
}

type Versions = Event<(), u64, Collect>;

fn install_version(events: [&'static Versions; 2], number: u64) {
    for event in events {
        let outcome = match number % 2 {
            0 => event.install(version::<0>(number)),
            _ => event.install(version::<1>(number)),
        };
        outcome.map(drop).expect("its place");
    }
}

/// Raises both events until told to stop, and says how often.
fn raise_both(events: [&'static Versions; 2], is_over: &AtomicBool, start: &Barrier) -> u64 {
    let mut core = GRACE.register_thread();
    let mut seen = (0, 0);
    start.wait();
    while !is_over.load(Ordering::Relaxed) {
        for event in events {
            let numbers = event.raise(&());
            // Exactly one, and never an older one than at the other event.
            assert!(numbers.len() == 1 && numbers[0] >= seen.0, "{numbers:?} after {seen:?}");
            seen = (numbers[0], seen.1 + 1);
        }
        core.quiet();
        GRACE.reclaim();
    }
    seen.1
}

#[test]
fn a_raise_meets_one_version_and_never_an_older_one_while_versions_follow_each_other() {
    const REPLACES: u64 = 2_000;
    let _alone = alone();
    let event = || -> &'static Versions {
        let limits = Limits { bindings: 1, ..Limits::DEFAULT };
        Box::leak(Box::new(Event::new("versions", &OWNER).open_to_all().with_limits(limits)))
    };
    let (events, probe) = ([event(), event()], event());
    let (is_over, start) = (Arc::new(AtomicBool::new(false)), Arc::new(Barrier::new(4)));
    let mut core = GRACE.register_thread();
    let code_of = |number| {
        install_version([probe, self::event_of_room()], number);
        let code = probe.bindings()[0].code;
        registry::remove_bindings(&authority(), code..code + 1);
        code..code + 1
    };
    let codes = [code_of(0), code_of(1)];
    install_version(events, 0);
    let raisers: Vec<_> = (0..3)
        .map(|_| {
            let (is_over, start) = (is_over.clone(), start.clone());
            thread::spawn(move || raise_both(events, &is_over, &start))
        })
        .collect();
    start.wait();
    for number in 1..=REPLACES {
        let (old, new) = (&codes[(number as usize + 1) % 2], &codes[number as usize % 2]);
        understudy::begin(&authority(), new.clone(), NOWHERE, old.clone());
        install_version(events, number);
        assert_eq!(take_over(new), Ok(TakenOver { off: 2, on: 2 }));
        core.quiet();
        GRACE.reclaim();
    }
    is_over.store(true, Ordering::Relaxed);
    drop(core);
    let raised: u64 = raisers.into_iter().map(|raiser| raiser.join().expect("no wrong answer")).sum();
    assert!(raised > 0);
    let _core = GRACE.register_thread();
    assert_eq!(events.map(|event| event.raise(&())), [[REPLACES], [REPLACES]]);
}

/// An event to install at that nobody looks at.
fn event_of_room() -> &'static Versions {
    Box::leak(Box::new(Event::new("room", &OWNER).open_to_all()))
}

#[test]
fn each_post_is_handled_once_while_versions_follow_each_other() {
    const POSTS: u64 = 20_000;
    static HANDLED: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
    fn count<const WHICH: usize>() -> impl Fn(&u64) + Send + Sync + 'static {
        |_| {
            HANDLED[WHICH].fetch_add(1, Ordering::Relaxed);
        }
    }
    let _alone = alone();
    let mut core = GRACE.register_thread();
    let posted: &'static Event<u64> = Box::leak(Box::new(Event::new("posted", &OWNER).open_to_all()));
    let install = |which: u64| {
        let outcome = match which % 2 {
            0 => posted.install(count::<0>()),
            _ => posted.bind().install_later(Placement::Here, count::<1>()),
        };
        outcome.map(drop).expect("its place");
        posted.bindings().last().expect("there").code
    };
    let codes = [0, 1].map(|which| {
        let code = install(which);
        registry::remove_bindings(&authority(), code..code + 1);
        code..code + 1
    });
    install(0);
    let receiver = thread::spawn(move || {
        let mut core = GRACE.register_thread();
        let mut arrivals = mailbox::open(&authority(), cores::current(), KERNEL_SLOTS + 64).expect("closed");
        while HANDLED.iter().map(|count| count.load(Ordering::Relaxed)).sum::<u64>() < POSTS {
            while let Some(arrived) = arrivals.pop() {
                mailbox::run(arrived);
            }
            core.quiet();
            GRACE.reclaim();
            thread::yield_now();
        }
        // Nothing comes twice.
        assert!(arrivals.pop().is_none());
    });
    let mut mine = mailbox::open(&authority(), cores::current(), KERNEL_SLOTS + 64).expect("closed");
    let to = loop {
        if let Some(other) = cores::online().find(|other| *other != cores::current()) {
            break other;
        }
        thread::yield_now();
    };
    let (mut sent, mut version) = (0, 0);
    while sent < POSTS {
        sent += u64::from(posted.post(to, sent).is_ok());
        if sent % 16 == 0 {
            version += 1;
            let (old, new) = (&codes[(version + 1) % 2], &codes[version % 2]);
            understudy::begin(&authority(), new.clone(), NOWHERE, old.clone());
            install(version as u64);
            take_over(new).expect("its place");
        }
        core.quiet();
        GRACE.reclaim();
        assert!(mine.pop().is_none());
    }
    receiver.join().expect("each once");
    let handled: u64 = HANDLED.iter().map(|count| count.load(Ordering::Relaxed)).sum();
    assert_eq!(handled, POSTS);
    assert!(HANDLED.iter().all(|count| count.load(Ordering::Relaxed) > 0));
}
