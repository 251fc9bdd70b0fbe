//! Bindings exchanged in one step.

use spindle_event::{Binding, Budget, Collect, Event, InstallError, Limits, Owner, State, SwapError, swap};
use spindle_sync::GRACE;
use spindle_sync::boundary::overrun_here;

static OWNER: Owner = Owner::new();

type Numbers = Event<(), u32, Collect>;

fn event() -> &'static Numbers {
    let limits = Limits { strikes: 1, ..Limits::DEFAULT };
    Box::leak(Box::new(Event::new("swapped", &OWNER).open_to_all().with_limits(limits)))
}

fn off(event: &'static Numbers, number: u32) -> Binding {
    event.bind().create(move |()| number).expect("an open event")
}

fn quarantined(event: &'static Numbers) -> Binding {
    let binding =
        event.bind().budget(Budget::microseconds(1)).install(|()| overrun_here()).expect("an open event");
    event.raise(&());
    assert_eq!(binding.state(), State::Quarantined);
    binding
}

#[test]
fn a_swap_takes_some_off_and_installs_others_at_several_events() {
    let _core = GRACE.register_thread();
    let (here, there) = (event(), event());
    let olds = [here.install(|()| 1).unwrap(), there.install(|()| 2).unwrap()];
    let stays = here.install(|()| 3).unwrap();
    let news = [off(here, 10), off(there, 20), off(there, 21)];
    let departure = swap(&olds.each_ref(), &news.each_ref()).unwrap();
    assert_eq!((here.raise(&()), there.raise(&())), (vec![3, 10], vec![20, 21]));
    assert!(olds.iter().all(|old| old.state() == State::Off) && stays.is_installed());
    assert!(!departure.is_complete(), "our own turn has not ended");
    swap(&news.each_ref(), &olds.each_ref()).unwrap();
    assert_eq!((here.raise(&()), there.raise(&())), (vec![3, 1], vec![2]));
}

#[test]
fn what_is_in_both_lists_is_installed_afterwards() {
    let _core = GRACE.register_thread();
    let event = event();
    let on = event.install(|()| 1).unwrap();
    let was_off = off(event, 2);
    swap(&[&on, &was_off], &[&on, &was_off]).unwrap();
    assert_eq!(event.raise(&()), [1, 2]);
    swap(&[&was_off, &was_off, &on], &[&on, &on]).unwrap();
    assert_eq!(event.raise(&()), [1]);
}

#[test]
fn a_swap_of_nothing_and_of_what_is_so_already_changes_nothing() {
    let _core = GRACE.register_thread();
    let event = event();
    let (on, was_off) = (event.install(|()| 1).unwrap(), off(event, 2));
    swap(&[], &[]).unwrap();
    swap(&[&was_off], &[&on]).unwrap();
    assert_eq!(event.raise(&()), [1]);
    assert_eq!((on.state(), was_off.state()), (State::Installed, State::Off));
}

#[test]
fn an_event_can_be_left_without_handlers_or_get_its_first_by_a_swap() {
    let _core = GRACE.register_thread();
    let (here, there) = (event(), event());
    let (only, first) = (here.install(|()| 1).unwrap(), off(there, 2));
    swap(&[&only], &[&first]).unwrap();
    assert_eq!((here.raise(&()), there.raise(&())), (vec![], vec![2]));
}

#[test]
fn a_default_handler_makes_place_for_another_in_one_step() {
    let _core = GRACE.register_thread();
    let event = event();
    let owned = event.owned(&OWNER).unwrap();
    let second = owned.install_default(|()| 2).unwrap();
    second.uninstall_soon();
    let first = owned.install_default(|()| 1).unwrap();
    swap(&[&first], &[&second]).unwrap();
    assert_eq!(event.raise(&()), [2]);
    let taken = SwapError::Install(InstallError::DefaultTaken { event: "swapped".into() });
    assert_eq!(swap(&[], &[&first]).map(|_| ()), Err(taken));
    assert_eq!(event.raise(&()), [2]);
}

#[test]
fn a_quarantined_binding_makes_a_swap_fail_with_nothing_changed() {
    let _core = GRACE.register_thread();
    let (here, there) = (event(), event());
    let bad = quarantined(there);
    let (old, new) = (here.install(|()| 1).unwrap(), off(here, 2));
    let refused = SwapError::Install(InstallError::Quarantined { binding: bad.id() });
    assert_eq!(swap(&[&old], &[&new, &bad]).map(|_| ()), Err(refused));
    assert_eq!((here.raise(&()), there.raise(&())), (vec![1], vec![]));
    assert_eq!((old.state(), new.state()), (State::Installed, State::Off));
    // Both events still take changes, and one can be got rid of that is off for good.
    swap(&[&old, &bad], &[&new]).unwrap();
    assert_eq!(here.raise(&()), [2]);
    there.install(|()| 3).unwrap();
    assert_eq!(there.raise(&()), [3]);
}

#[test]
fn a_constraint_that_can_not_be_kept_makes_a_swap_fail_with_nothing_changed() {
    let _core = GRACE.register_thread();
    let event = event();
    let anchor = event.install(|()| 1).unwrap();
    let follower = event.bind().after(&anchor).create(|()| 2).unwrap();
    let refused = InstallError::AnchorGone { event: "swapped".into(), anchor: anchor.id() };
    assert_eq!(swap(&[&anchor], &[&follower]).map(|_| ()), Err(SwapError::Install(refused)));
    assert_eq!(event.raise(&()), [1]);
    swap(&[], &[&follower]).unwrap();
    assert_eq!(event.raise(&()), [1, 2]);
}
