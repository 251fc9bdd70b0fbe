//! What only the kernel may do with events.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::ops::Range;

use spindle_event::registry::{EventInfo, events, remove_bindings, withdraw};
use spindle_event::{
    Event, InstallError, Key, Owner, Pattern, Placement, Rank, State, Sum, SwapError, cores, mailbox, swap,
    watch,
};
use spindle_sync::{Authority, GRACE, Parcel};

static OWNER: Owner = Owner::new();
const NOWHERE: Range<usize> = 0..0;

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

fn info<A: ?Sized>(event: &Event<A, u32, Sum>) -> Option<EventInfo> {
    let address = std::ptr::from_ref(event).addr();
    events(&authority()).into_iter().find(|info| info.address == address)
}

#[test]
fn an_event_is_listed_once_it_is_declared_or_bound() {
    let _core = GRACE.register_thread();
    static DECLARED: Event<u32, u32, Sum> = Event::new("declared", &OWNER).open_to_all();
    static BOUND: Event<str, u32, Sum> = Event::new("bound", &OWNER).open_to_all();
    assert_eq!(info(&DECLARED), None);
    DECLARED.declare();
    DECLARED.declare();
    let count = events(&authority()).iter().filter(|info| info.name == "declared").count();
    assert_eq!(count, 1);

    let default = BOUND.owned(&OWNER).unwrap().install_default(|_| 1).unwrap();
    let guarded = BOUND.bind().guard(str::is_empty).install(|_| 2).unwrap();
    let info = info(&BOUND).unwrap();
    assert_eq!((&*info.arguments, &*info.result), ("str", "u32"));
    let ids: Vec<_> = info.bindings.iter().map(|binding| binding.id).collect();
    assert_eq!(ids, [guarded.id(), default.id()]);
    assert!(info.bindings[0].has_guard && !info.bindings[0].is_default);
    assert!(!info.bindings[1].has_guard && info.bindings[1].is_default);
}

#[test]
fn bindings_go_by_where_their_handler_is_compiled_to() {
    let _core = GRACE.register_thread();
    static EVENT: Event<u32, u32, Sum> = Event::new("by-code", &OWNER).open_to_all();
    let stays = EVENT.install(|args| args + 1).unwrap();
    let goes = EVENT.bind().guard(|args: &u32| *args > 0).install(|args| args * 100).unwrap();
    let default_goes = EVENT.owned(&OWNER).unwrap().install_default(|args| args + 7).unwrap();
    assert_eq!(EVENT.raise(&2), 203);

    for binding in [goes, default_goes] {
        let listed = info(&EVENT).unwrap().bindings;
        let code = listed.iter().find(|info| info.id == binding.id()).unwrap().code;
        assert_eq!(remove_bindings(&authority(), code..code + 1), 1);
        assert_eq!(remove_bindings(&authority(), code..code + 1), 0);
        assert_eq!(binding.state(), State::Gone);
        assert!(!binding.uninstall_soon().was_installed());
    }
    assert!(stays.is_installed());
    assert_eq!(EVENT.raise(&2), 3);
}

#[test]
fn a_withdrawn_event_loses_its_bindings_and_takes_no_more() {
    let _core = GRACE.register_thread();
    static EVENT: Event<u32, u32, Sum> = Event::new("withdrawn", &OWNER).open_to_all();
    let binding = EVENT.install(|args| *args).unwrap();
    let address = info(&EVENT).unwrap().address;
    let data = address..address + 1;
    assert_eq!(withdraw(&authority(), &NOWHERE, &data), 1);
    assert_eq!(withdraw(&authority(), &NOWHERE, &data), 0);
    assert_eq!(info(&EVENT), None);
    assert!(!binding.is_installed());
    assert_eq!(EVENT.raise(&2), 0);
    let refused = EVENT.install(|args| *args).map(|_| ());
    assert_eq!(refused, Err(InstallError::Withdrawn { event: "withdrawn".into() }));
}

#[test]
fn an_event_on_the_heap_goes_by_where_its_declaration_is_compiled_to() {
    let _core = GRACE.register_thread();
    // Arguments of its own, so that no other event of these tests shares its code.
    struct Args;
    let event: &'static Event<Args, u32, Sum> =
        Box::leak(Box::new(Event::new("leaked", &OWNER).open_to_all()));
    event.declare();
    let code = info(event).unwrap().code;
    assert_eq!(withdraw(&authority(), &(code..code + 1), &NOWHERE), 1);
    assert_eq!(withdraw(&authority(), &(code..code + 1), &NOWHERE), 0);
    assert_eq!(info(event), None);
    assert!(event.install(|_| 1).is_err());
}

#[test]
fn installs_and_parcels_of_watched_code_are_counted_once() {
    let _core = GRACE.register_thread();
    static EVENT: Event<u32, u32, Sum> = Event::new("watched", &OWNER).open_to_all();
    let install = || EVENT.install(|args| args + 1).unwrap();
    let probe = install();
    let handler = info(&EVENT).unwrap().bindings[0].code;
    probe.uninstall_soon();
    let parcel = || Parcel::new(|| assert!(EVENT.name() == "watched"));
    let parcel_code = parcel().code();
    let [handler, packed] = [handler, parcel_code].map(|code| code..code + 1);

    watch::begin(&authority(), handler.clone());
    watch::begin(&authority(), packed.clone());
    assert_eq!(watch::take(&authority(), &handler), 0);
    install().uninstall_soon();
    assert_eq!(watch::take(&authority(), &handler), 1);
    assert_eq!(watch::take(&authority(), &handler), 0);

    let here = cores::current();
    let mut arrivals = mailbox::open(&authority(), here, 4).unwrap();
    mailbox::post_parcel(&authority(), here, parcel()).unwrap();
    mailbox::post_parcel(&authority(), here, Parcel::new(|| ())).unwrap();
    assert_eq!(watch::take(&authority(), &packed), 0);
    while let Some(arrived) = arrivals.pop() {
        mailbox::run(arrived);
    }
    assert_eq!(watch::take(&authority(), &packed), 1);

    watch::end(&authority(), &handler);
    install().uninstall_soon();
    assert_eq!(watch::take(&authority(), &handler), 0);
    watch::end(&authority(), &packed);
}

#[test]
fn a_binding_that_is_gone_makes_a_swap_fail_with_nothing_changed() {
    let _core = GRACE.register_thread();
    static EVENT: Event<u32, u32, Sum> = Event::new("swapped", &OWNER).open_to_all();
    // Arguments of its own, so that no other event of these tests shares its code.
    struct Args;
    let other: &'static Event<Args, u32, Sum> =
        Box::leak(Box::new(Event::new("going", &OWNER).open_to_all()));
    let (old, new) = (EVENT.install(|_| 1).unwrap(), EVENT.bind().create(|_| 2).unwrap());
    let gone = other.install(|_| 3).unwrap();
    let data = info(other).unwrap().address;
    assert_eq!(withdraw(&authority(), &NOWHERE, &(data..data + 1)), 1);
    let refused = SwapError::Gone { binding: gone.id() };
    assert_eq!(swap(&[&old], &[&new, &gone]).map(|_| ()), Err(refused.clone()));
    assert_eq!(swap(&[&old, &gone], &[&new]).map(|_| ()), Err(refused));
    assert_eq!(gone.install(), Err(InstallError::Gone { binding: gone.id() }));
    assert_eq!(EVENT.raise(&0), 1);
    assert_eq!((old.state(), new.state(), gone.state()), (State::Installed, State::Off, State::Gone));
}

#[test]
fn a_withdrawn_event_is_left_by_all_its_bindings_whatever_they_were_doing() {
    let _core = GRACE.register_thread();
    static EVENT: Event<u32, u32, Sum> = Event::new("left", &OWNER).open_to_all();
    let bad = EVENT.bind().guard(|_: &u32| panic!("at once")).install(|_| 1).unwrap();
    assert_eq!(EVENT.raise(&0), 0);
    assert_eq!(bad.state(), State::Quarantined);
    let off = EVENT.bind().create(|_| 2).unwrap();
    let data = info(&EVENT).unwrap().address;
    assert_eq!(withdraw(&authority(), &NOWHERE, &(data..data + 1)), 1);
    assert_eq!((bad.state(), off.state()), (State::Gone, State::Gone));
    // They don't even look at the event any more: its memory is about to go.
    for binding in [&bad, &off] {
        let anchor = binding.id();
        let refused = EVENT.bind().before(binding).install(|_| 3).map(|_| ());
        assert_eq!(refused, Err(InstallError::AnchorGone { event: "left".into(), anchor }));
    }
}

#[test]
fn the_listing_says_what_an_event_asks_and_gives() {
    let _core = GRACE.register_thread();
    static KEY: Key<u8> = Key::new("octet", |args| u64::from(*args));
    static KEYS: [&Key<u8>; 1] = [&KEY];
    static EVENT: Event<u8, u32, Sum> = Event::new("described", &OWNER).open_to_all().with_keys(&KEYS);
    let bind = EVENT.bind().last().when(&KEY, Pattern::equal(3));
    let later = bind.install_later(Placement::LeastLoaded, |_| 1).unwrap();
    EVENT.bind().install_filter(|_| ()).unwrap();
    EVENT.owned(&OWNER).unwrap().impose(later.id(), |_: &u8| true).unwrap();
    let info = info(&EVENT).unwrap();
    assert_eq!(info.keys, ["octet"]);
    assert!(info.merge.ends_with("Sum") && !info.is_traced);
    let [filter, later] = &info.bindings[..] else { panic!("two bindings") };
    assert!(filter.is_filter && filter.placement.is_none() && filter.imposed == 0);
    assert_eq!((later.rank, later.placement), (Rank::Last, Some(Placement::LeastLoaded)));
    assert_eq!((&later.keys[..], later.imposed), (&[("octet", Pattern::equal(3))][..], 1));
}
