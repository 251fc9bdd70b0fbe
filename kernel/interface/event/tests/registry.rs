//! What only the kernel may do with events.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use spindle_event::registry::{EventInfo, events, remove_bindings, withdraw};
use spindle_event::{Event, InstallError, Sum};
use spindle_sync::{Authority, GRACE};

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
    assert_eq!(withdraw(&authority(), address..address + 1), 1);
    assert_eq!(withdraw(&authority(), address..address + 1), 0);
    assert_eq!(info(&EVENT), None);
    assert!(!binding.is_installed());
    assert_eq!(EVENT.raise(&2), 0);
    let refused = EVENT.install(|args| *args).map(|_| ());
    assert_eq!(refused, Err(InstallError::Withdrawn { event: "withdrawn".into() }));
}
