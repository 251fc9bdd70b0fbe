//! What only the kernel may do with events.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::ops::Range;

use spindle_event::registry::{EventInfo, events, remove_bindings, withdraw};
use spindle_event::{Event, InstallError, Sum, cores, mailbox, watch};
use spindle_sync::{Authority, GRACE, Parcel};

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
    static DECLARED: Event<u32, u32, Sum> = Event::new("declared");
    static BOUND: Event<str, u32, Sum> = Event::new("bound");
    assert_eq!(info(&DECLARED), None);
    DECLARED.declare();
    DECLARED.declare();
    let count = events(&authority()).iter().filter(|info| info.name == "declared").count();
    assert_eq!(count, 1);

    let default = BOUND.install_default(|_| 1).unwrap();
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
    static EVENT: Event<u32, u32, Sum> = Event::new("by-code");
    let stays = EVENT.install(|args| args + 1).unwrap();
    let goes = EVENT.bind().guard(|args: &u32| *args > 0).install(|args| args * 100).unwrap();
    let default_goes = EVENT.install_default(|args| args + 7).unwrap();
    assert_eq!(EVENT.raise(&2), 203);

    for binding in [goes, default_goes] {
        let listed = info(&EVENT).unwrap().bindings;
        let code = listed.iter().find(|info| info.id == binding.id()).unwrap().code;
        assert_eq!(remove_bindings(&authority(), code..code + 1), 1);
        assert_eq!(remove_bindings(&authority(), code..code + 1), 0);
        assert!(!binding.is_installed());
        assert!(!binding.uninstall());
    }
    assert!(stays.is_installed());
    assert_eq!(EVENT.raise(&2), 3);
}

#[test]
fn a_withdrawn_event_loses_its_bindings_and_takes_no_more() {
    let _core = GRACE.register_thread();
    static EVENT: Event<u32, u32, Sum> = Event::new("withdrawn");
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
    let event: &'static Event<Args, u32, Sum> = Box::leak(Box::new(Event::new("leaked")));
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
    static EVENT: Event<u32, u32, Sum> = Event::new("watched");
    let install = || EVENT.install(|args| args + 1).unwrap();
    let probe = install();
    let handler = info(&EVENT).unwrap().bindings[0].code;
    probe.uninstall();
    let parcel = || Parcel::new(|| assert!(EVENT.name() == "watched"));
    let parcel_code = parcel().code();
    let [handler, packed] = [handler, parcel_code].map(|code| code..code + 1);

    watch::begin(&authority(), handler.clone());
    watch::begin(&authority(), packed.clone());
    assert_eq!(watch::take(&authority(), &handler), 0);
    install().uninstall();
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
    install().uninstall();
    assert_eq!(watch::take(&authority(), &handler), 0);
    watch::end(&authority(), &packed);
}
