//! Who may install what, on which terms.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use spindle_event::registry::{self, BindingInfo};
use spindle_event::{
    Budget, Collect, Conditions, Event, InstallError, Limits, NotOwner, Owner, Pattern, Placement, Rank,
    Verdict,
};
use spindle_sync::{Authority, GRACE};

static OWNER: Owner = Owner::new();
static STRANGER: Owner = Owner::new();
static KEY: spindle_event::Key<u32> = spindle_event::Key::new("number", |args| u64::from(*args));
static KEYS: [&spindle_event::Key<u32>; 1] = [&KEY];

const SHORT: Budget = Budget::microseconds(5);
const MIDDLE: Budget = Budget::microseconds(10);
const LONG: Budget = Budget::microseconds(20);

type Guarded = Event<u32, u32, Collect>;

fn leak(event: Guarded) -> &'static Guarded {
    Box::leak(Box::new(event))
}

fn event() -> &'static Guarded {
    leak(Event::new("owned", &OWNER).with_keys(&KEYS))
}

fn only(event: &'static Guarded) -> BindingInfo {
    let bindings = event.bindings();
    assert_eq!(bindings.len(), 1);
    bindings.into_iter().next().expect("one")
}

fn not_authorized() -> InstallError {
    InstallError::NotAuthorized { event: "owned".into() }
}

#[test]
fn nobody_but_the_owner_installs_where_nothing_is_said() {
    let _core = GRACE.register_thread();
    let event = event();
    assert_eq!(event.install(|_| 1).map(|_| ()), Err(not_authorized()));
    assert_eq!(event.bind().create(|_| 1).map(|_| ()), Err(not_authorized()));
    assert_eq!(event.bind().install_filter(|_| ()).map(|_| ()), Err(not_authorized()));
    assert_eq!(event.bind().install_later(Placement::Here, |_| 1).map(|_| ()), Err(not_authorized()));
    assert_eq!(event.bindings(), []);
    event.owned(&OWNER).unwrap().install(|_| 2).unwrap();
    assert_eq!(event.raise(&0), [2]);
}

#[test]
fn another_owner_proves_nothing() {
    let event = event();
    let refused = NotOwner { event: "owned".into() };
    assert_eq!(event.owned(&STRANGER).map(|_| ()), Err(refused.clone()));
    assert_eq!(InstallError::from(refused).to_string(), "event `owned` has another owner");
}

#[test]
fn only_the_owner_sets_the_default_handler_however_open_the_event() {
    let _core = GRACE.register_thread();
    let open = leak(Event::new("owned", &OWNER).open_to_all());
    assert_eq!(open.bind().install_default(|_| 1).map(|_| ()), Err(not_authorized()));
    let asked = leak(Event::new("owned", &OWNER).authorized_by(|_| Verdict::Accept));
    assert_eq!(asked.bind().install_default(|_| 1).map(|_| ()), Err(not_authorized()));
    open.owned(&OWNER).unwrap().install_default(|_| 2).unwrap();
    assert_eq!(open.raise(&0), [2]);
}

#[test]
fn an_authorizer_sees_who_asks_what_is_offered_and_what_is_proposed() {
    struct Ticket(u32);
    let _core = GRACE.register_thread();
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    let authority = unsafe { Authority::mint() };
    registry::set_domains(&authority, |address| (address != 0).then(|| "tests".into()));
    let event = event();
    event.owned(&OWNER).unwrap().authorize(|ask| {
        assert_eq!(ask.domain().as_deref(), Some("tests"));
        assert!(ask.offered::<String>().is_none());
        let keys: Vec<_> = ask.keys().collect();
        match ask.offered::<Ticket>() {
            Some(Ticket(number)) => {
                assert_eq!((*number, ask.rank(), ask.budget()), (7, Rank::First, Some(SHORT)));
                assert_eq!(keys, [("number", &Pattern::equal(3))]);
                assert!(ask.has_guard() && !ask.is_filter());
                assert_eq!(ask.placement(), None);
            }
            None => {
                assert_eq!((ask.rank(), ask.budget(), keys.len()), (Rank::Ordinary, None, 0));
                assert!(!ask.has_guard() && ask.is_filter() != ask.placement().is_some());
            }
        }
        Verdict::Accept
    });
    let proposal = event.bind().guard(|_: &u32| true).first().when(&KEY, Pattern::equal(3)).budget(SHORT);
    proposal.offer(Ticket(7)).install(|_| 0).unwrap();
    event.bind().install_filter(|_| ()).unwrap();
    event.bind().install_later(Placement::AnyCore, |_| 0).unwrap();
    assert_eq!(event.bindings().len(), 3);
}

#[test]
fn an_authorizer_refuses_and_says_why() {
    let _core = GRACE.register_thread();
    let event = leak(Event::new("owned", &OWNER).authorized_by(|ask| match ask.offered::<&str>() {
        Some(&"the word") => Verdict::Accept,
        _ => Verdict::Refuse("the word is missing".into()),
    }));
    let refused = InstallError::Refused { event: "owned".into(), reason: "the word is missing".into() };
    assert_eq!(event.install(|_| 1).map(|_| ()), Err(refused.clone()));
    assert_eq!(event.bind().offer("a word").create(|_| 1).map(|_| ()), Err(refused));
    event.bind().offer("the word").install(|_| 2).unwrap();
    // The owner is not asked.
    event.owned(&OWNER).unwrap().install(|_| 3).unwrap();
    assert_eq!(event.raise(&0), [2, 3]);
}

#[test]
fn an_authorizer_set_at_run_time_takes_the_place_of_what_was_declared() {
    let _core = GRACE.register_thread();
    let event = leak(Event::new("owned", &OWNER).open_to_all());
    let before = event.install(|_| 1).unwrap();
    event.owned(&OWNER).unwrap().authorize(|_| Verdict::Refuse("closed".into()));
    assert!(event.install(|_| 2).is_err());
    // What is there stays; it was let in.
    assert!(before.is_installed());
    event.owned(&OWNER).unwrap().authorize(|_| Verdict::Accept);
    event.install(|_| 3).unwrap();
    assert_eq!(event.raise(&0), [1, 3]);
}

#[test]
fn an_authorizer_imposes_guard_rank_and_budget() {
    let _core = GRACE.register_thread();
    let event = leak(Event::new("owned", &OWNER).authorized_by(|_| {
        let conditions = Conditions::new().guard(|args: &u32| *args < 10).guard(|args: &u32| *args != 5);
        Verdict::On(conditions.rank(Rank::Last).budget(MIDDLE))
    }));
    event.bind().first().budget(LONG).install(|_| 1).unwrap();
    let info = only(event);
    assert_eq!((info.rank, info.budget, info.imposed), (Rank::Last, Some(MIDDLE), 2));
    assert!(!info.has_guard, "the guards are not its own");
    event.owned(&OWNER).unwrap().install(|_| 2).unwrap();
    assert_eq!((event.raise(&9), event.raise(&10), event.raise(&5)), (vec![2, 1], vec![2], vec![2]));
}

#[test]
fn an_authorizer_imposes_a_placement_on_asynchronous_handlers_and_refuses_others() {
    let _core = GRACE.register_thread();
    let event = leak(
        Event::new("owned", &OWNER)
            .authorized_by(|_| Verdict::On(Conditions::new().placement(Placement::AnyCore))),
    );
    let refused = InstallError::NotAsynchronous { event: "owned".into() };
    assert_eq!(event.install(|_| 1).map(|_| ()), Err(refused));
    event.bind().install_later(Placement::Here, |_| 1).unwrap();
    assert_eq!(only(event).placement, Some(Placement::AnyCore));
}

#[test]
fn a_guard_is_imposed_and_lifted_while_the_handler_is_installed() {
    let _core = GRACE.register_thread();
    let event = leak(Event::new("owned", &OWNER).open_to_all());
    let owned = event.owned(&OWNER).unwrap();
    let binding = event.bind().guard(|args: &u32| *args < 100).install(|_| 1).unwrap();
    event.install(|_| 2).unwrap();
    let even = owned.impose(binding.id(), |args: &u32| args.is_multiple_of(2)).unwrap();
    let large = owned.impose(binding.id(), |args: &u32| *args > 10).unwrap();
    assert_eq!([4, 11, 12, 200].map(|args| event.raise(&args).len()), [1, 1, 2, 1]);
    assert!(owned.lift(even) && !owned.lift(even));
    assert_eq!([4, 11, 12, 200].map(|args| event.raise(&args).len()), [1, 2, 2, 1]);
    assert!(owned.lift(large));
    assert_eq!([4, 11, 12, 200].map(|args| event.raise(&args)), [&[1, 2][..], &[1, 2], &[1, 2], &[2]]);
}

#[test]
fn an_imposed_guard_stays_with_a_binding_that_is_off_and_comes_back() {
    let _core = GRACE.register_thread();
    let event = leak(Event::new("owned", &OWNER).open_to_all());
    let owned = event.owned(&OWNER).unwrap();
    let binding = event.bind().create(|_| 1).unwrap();
    let never = owned.impose(binding.id(), |_: &u32| false).unwrap();
    binding.install().unwrap();
    assert_eq!(event.raise(&0), []);
    binding.uninstall_soon();
    assert!(owned.lift(never));
    binding.install().unwrap();
    assert_eq!(event.raise(&0), [1]);
    let elsewhere = owned.impose(event_with_one().bindings()[0].id, |_: &u32| true);
    assert!(matches!(elsewhere, Err(InstallError::Gone { .. })));
}

fn event_with_one() -> &'static Guarded {
    let event = leak(Event::new("other", &OWNER).open_to_all());
    event.install(|_| 0).expect("an open event");
    event
}

#[test]
fn imposed_guards_are_asked_before_a_binding_s_own() {
    let _core = GRACE.register_thread();
    let event = leak(Event::new("owned", &OWNER).open_to_all());
    let own = |args: &u32| if *args == 7 { panic!("saw what it was not to see") } else { true };
    let binding = event.bind().guard(own).install(|_| 1).unwrap();
    event.owned(&OWNER).unwrap().impose(binding.id(), |args: &u32| *args != 7).unwrap();
    assert_eq!((event.raise(&7), event.raise(&8)), (vec![], vec![1]));
    assert!(binding.is_installed());
}

#[test]
fn the_number_of_bindings_is_limited_on_and_off() {
    let _core = GRACE.register_thread();
    let limits = Limits { bindings: 3, ..Limits::DEFAULT };
    let event = leak(Event::new("owned", &OWNER).open_to_all().with_limits(limits));
    let off = event.bind().create(|_| 1).unwrap();
    event.install(|_| 2).unwrap();
    event.owned(&OWNER).unwrap().install_default(|_| 3).unwrap();
    let full = InstallError::TooMany { event: "owned".into(), limit: 3 };
    assert_eq!(event.install(|_| 4).map(|_| ()), Err(full.clone()));
    assert_eq!(event.owned(&OWNER).unwrap().install(|_| 4).map(|_| ()), Err(full));
    drop(off);
    event.install(|_| 4).unwrap();
    assert_eq!(event.raise(&0), [2, 4]);
}

#[test]
fn strangers_are_held_to_the_longest_budget_and_the_owner_is_not() {
    let _core = GRACE.register_thread();
    let limits = Limits { budget: Some(SHORT), longest: Some(MIDDLE), ..Limits::DEFAULT };
    let event = leak(Event::new("owned", &OWNER).open_to_all().with_limits(limits));
    event.install(|_| 0).unwrap();
    event.bind().budget(LONG).install(|_| 0).unwrap();
    let owned = event.owned(&OWNER).unwrap();
    owned.bind().budget(LONG).install(|_| 0).unwrap();
    owned.install(|_| 0).unwrap();
    let budgets: Vec<_> = event.bindings().into_iter().map(|info| info.budget).collect();
    assert_eq!(budgets, [Some(SHORT), Some(MIDDLE), Some(LONG), None]);
}
