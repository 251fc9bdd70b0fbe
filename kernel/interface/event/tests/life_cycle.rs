//! What becomes of a binding from its creation to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use spindle_event::{Binding, BindingId, Budget, Collect, Event, InstallError, Limits, Owner, State, Sum};
use spindle_sync::GRACE;
use spindle_sync::boundary::overrun_here;

static OWNER: Owner = Owner::new();

fn event() -> &'static Event<u32, u32, Collect> {
    Box::leak(Box::new(Event::new("living", &OWNER).open_to_all()))
}

fn ids(event: &'static Event<u32, u32, Collect>) -> Vec<(BindingId, State)> {
    event.bindings().into_iter().map(|info| (info.id, info.state)).collect()
}

#[test]
fn a_binding_that_was_only_created_is_not_reached() {
    let _core = GRACE.register_thread();
    let event = event();
    let binding = event.bind().create(|args| *args).unwrap();
    assert_eq!(binding.state(), State::Off);
    assert!(!binding.is_installed());
    assert_eq!(event.raise(&1), []);
    binding.install().unwrap();
    assert_eq!(binding.state(), State::Installed);
    assert_eq!(event.raise(&1), [1]);
}

#[test]
fn to_install_what_is_installed_changes_nothing() {
    let _core = GRACE.register_thread();
    let event = event();
    let first = event.install(|_| 1).unwrap();
    event.install(|_| 2).unwrap();
    first.install().unwrap();
    first.install().unwrap();
    assert_eq!(event.raise(&0), [1, 2]);
    assert_eq!(event.bindings().len(), 2);
}

#[test]
fn to_uninstall_what_is_off_changes_nothing() {
    let _core = GRACE.register_thread();
    static EVENT: Event<u32, u32, Sum> = Event::new("sum", &OWNER).open_to_all();
    let binding = EVENT.install(|args| *args).unwrap();
    assert!(binding.uninstall_soon().was_installed());
    assert_eq!(binding.state(), State::Off);
    assert!(!binding.uninstall_soon().was_installed());
    assert_eq!(binding.state(), State::Off);
    assert_eq!(EVENT.raise(&7), 0);
}

#[test]
fn an_uninstalled_binding_can_be_installed_again_at_the_place_of_a_newcomer() {
    let _core = GRACE.register_thread();
    let event = event();
    let one = event.install(|_| 1).unwrap();
    let first = event.bind().first().install(|_| 2).unwrap();
    event.bind().last().install(|_| 9).unwrap();
    event.install(|_| 3).unwrap();
    assert_eq!(event.raise(&0), [2, 1, 3, 9]);
    one.uninstall_soon();
    first.uninstall_soon();
    assert_eq!(event.raise(&0), [3, 9]);
    one.install().unwrap();
    first.install().unwrap();
    assert_eq!(event.raise(&0), [2, 3, 1, 9]);
}

#[test]
fn a_default_handler_can_be_uninstalled_and_installed_again_while_its_place_is_free() {
    let _core = GRACE.register_thread();
    let event = event();
    let owned = event.owned(&OWNER).unwrap();
    let default = owned.install_default(|_| 100).unwrap();
    default.uninstall_soon();
    let other = owned.install_default(|_| 200).unwrap();
    assert_eq!(default.install(), Err(InstallError::DefaultTaken { event: "living".into() }));
    assert_eq!(default.state(), State::Off);
    other.uninstall_soon();
    default.install().unwrap();
    assert_eq!(event.raise(&0), [100]);
}

#[test]
fn what_can_not_be_installed_again_stays_off_and_can_be_later() {
    let _core = GRACE.register_thread();
    let event = event();
    let anchor = event.install(|_| 1).unwrap();
    let binding = event.bind().before(&anchor).install(|_| 2).unwrap();
    binding.uninstall_soon();
    anchor.uninstall_soon();
    let gone = InstallError::AnchorGone { event: "living".into(), anchor: anchor.id() };
    assert_eq!(binding.install(), Err(gone));
    assert_eq!(binding.state(), State::Off);
    anchor.install().unwrap();
    binding.install().unwrap();
    assert_eq!(event.raise(&0), [2, 1]);
}

#[test]
fn bindings_are_listed_as_they_run_then_the_default_then_those_that_are_off() {
    let _core = GRACE.register_thread();
    let event = event();
    let off = event.bind().create(|_| 0).unwrap();
    let default = event.owned(&OWNER).unwrap().install_default(|_| 0).unwrap();
    let late = event.bind().last().install(|_| 0).unwrap();
    let early = event.bind().guard(|_: &u32| true).budget(Budget::microseconds(7)).install(|_| 0).unwrap();
    let expected = [(&early, State::Installed), (&late, State::Installed), (&default, State::Installed)];
    let expected = expected.into_iter().chain([(&off, State::Off)]);
    assert_eq!(ids(event), expected.map(|(binding, state)| (binding.id(), state)).collect::<Vec<_>>());
    let info = event.bindings();
    assert!(info[0].has_guard && info[0].budget == Some(Budget::microseconds(7)) && !info[0].is_default);
    assert!(info[2].is_default && !info[2].has_guard && info[2].budget.is_none());
}

#[test]
fn a_binding_dropped_while_off_is_forgotten_with_what_its_handler_holds() {
    let mut core = GRACE.register_thread();
    let event = event();
    let held = Arc::new(());
    let handler = || {
        let held = held.clone();
        move |_: &u32| Arc::strong_count(&held) as u32
    };
    let never_on = event.bind().create(handler()).unwrap();
    let was_on = event.install(handler()).unwrap();
    was_on.uninstall_soon();
    assert_eq!(event.bindings().len(), 2);
    drop((never_on, was_on));
    assert_eq!(event.bindings(), []);
    while Arc::strong_count(&held) > 1 {
        core.quiet();
        GRACE.reclaim();
        std::thread::yield_now();
    }
}

#[test]
fn a_binding_dropped_while_installed_stays_installed() {
    let _core = GRACE.register_thread();
    let event = event();
    let id = event.install(|_| 5).unwrap().id();
    assert_eq!(event.raise(&0), [5]);
    assert_eq!(ids(event), [(id, State::Installed)]);
}

#[test]
fn a_quarantined_binding_says_so_and_can_not_come_back() {
    let _core = GRACE.register_thread();
    let limits = Limits { strikes: 1, ..Limits::DEFAULT };
    let event: &'static Event<u32, u32, Sum> =
        Box::leak(Box::new(Event::new("strict", &OWNER).open_to_all().with_limits(limits)));
    let binding = event.bind().budget(Budget::microseconds(1)).install(|_| overrun_here()).unwrap();
    assert_eq!(event.raise(&1), 0);
    assert_eq!(binding.state(), State::Quarantined);
    assert_eq!(binding.install(), Err(InstallError::Quarantined { binding: binding.id() }));
    assert!(!binding.uninstall_soon().was_installed());
    assert_eq!(binding.state(), State::Quarantined);
    let listed: Vec<_> = event.bindings().into_iter().map(|info| (info.id, info.state)).collect();
    assert_eq!(listed, [(binding.id(), State::Quarantined)]);
}

#[test]
fn a_departure_is_complete_only_when_every_core_has_been_quiet() {
    let mut core = GRACE.register_thread();
    let binding = event().install(|_| 0).unwrap();
    let departure = binding.uninstall_soon();
    // Our own turn has not ended: a raise of ours could be the one that is still inside.
    assert!(!departure.is_complete());
    while !departure.is_complete() {
        core.quiet();
        std::thread::yield_now();
    }
}

#[test]
fn a_handler_may_uninstall_itself_in_the_middle_of_a_raise() {
    let _core = GRACE.register_thread();
    static EVENT: Event<AtomicU32> = Event::new("once", &OWNER).open_to_all();
    static SELF: std::sync::Mutex<Option<Binding>> = std::sync::Mutex::new(None);
    let binding = EVENT
        .install(|runs| {
            runs.fetch_add(1, Ordering::Relaxed);
            let this = SELF.lock().unwrap();
            assert!(this.as_ref().is_some_and(|this| this.uninstall_soon().was_installed()));
        })
        .unwrap();
    *SELF.lock().unwrap() = Some(binding);
    let runs = AtomicU32::new(0);
    EVENT.raise(&runs);
    EVENT.raise(&runs);
    assert_eq!(runs.into_inner(), 1);
}
