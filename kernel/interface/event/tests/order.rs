//! The order in which handlers run, as their installers asked for it.

use spindle_event::{Binding, BindingId, Collect, Event, InstallError, Owner};
use spindle_sync::GRACE;

static OWNER: Owner = Owner::new();

type Names = Event<(), char, Collect>;

fn event() -> &'static Names {
    Box::leak(Box::new(Event::new("ordered", &OWNER).open_to_all()))
}

fn raised(event: &Names) -> String {
    event.raise(&()).into_iter().collect()
}

fn refused(outcome: Result<Binding, InstallError>) -> InstallError {
    outcome.expect_err("a refusal")
}

#[test]
fn the_newest_first_runs_first_and_the_newest_last_runs_last() {
    let _core = GRACE.register_thread();
    let event = event();
    event.install(|()| 'a').unwrap();
    event.bind().last().install(|()| 'y').unwrap();
    event.bind().first().install(|()| 'C').unwrap();
    event.install(|()| 'b').unwrap();
    event.bind().last().install(|()| 'z').unwrap();
    event.bind().first().guard(|(): &()| true).install(|()| 'D').unwrap();
    assert_eq!(raised(event), "DCabyz");
}

#[test]
fn a_handler_runs_before_and_after_those_it_names() {
    let _core = GRACE.register_thread();
    let event = event();
    let a = event.install(|()| 'a').unwrap();
    let b = event.install(|()| 'b').unwrap();
    let c = event.install(|()| 'c').unwrap();
    event.bind().before(&b).install(|()| '1').unwrap();
    assert_eq!(raised(event), "a1bc");
    event.bind().first().after(&b).install(|()| '2').unwrap();
    assert_eq!(raised(event), "a1b2c");
    // Nobody said that `a` runs before `c`, so it makes way.
    event.bind().after(&c).before(&a).install(|()| '3').unwrap();
    assert_eq!(raised(event), "1b2c3a");
}

#[test]
fn a_cycle_of_constraints_is_refused_and_named() {
    let _core = GRACE.register_thread();
    let event = event();
    let a = event.install(|()| 'a').unwrap();
    let b = event.bind().after(&a).install(|()| 'b').unwrap();
    let c = event.bind().after(&b).install(|()| 'c').unwrap();
    let refusal = refused(event.bind().before(&a).after(&c).install(|()| 'x'));
    let InstallError::Cycle { event: name, cycle } = &refusal else { panic!("{refusal:?}") };
    assert_eq!(name, "ordered");
    assert_eq!(cycle[1..], [a.id(), b.id(), c.id()]);
    let newcomer: BindingId = cycle[0];
    assert!(newcomer > c.id());
    let text = format!("{newcomer} before {} before {} before {} before {newcomer}", a.id(), b.id(), c.id());
    assert!(refusal.to_string().ends_with(&text), "{refusal}");
    assert_eq!(raised(event), "abc");
    // Without the one in the middle nothing is circular.
    b.uninstall_soon();
    event.bind().before(&a).after(&c).install(|()| 'x').unwrap();
    assert_eq!(raised(event), "cxa");
}

#[test]
fn a_constraint_on_a_binding_that_is_not_in_the_order_is_refused() {
    let _core = GRACE.register_thread();
    let (here, there) = (event(), event());
    let name = || "ordered".to_owned();
    let gone = here.install(|()| 'a').unwrap();
    gone.uninstall_soon();
    let anchor = gone.id();
    let refusal = refused(here.bind().before(&gone).install(|()| 'x'));
    assert_eq!(refusal, InstallError::AnchorGone { event: name(), anchor });

    let elsewhere = there.install(|()| 'a').unwrap();
    let anchor = elsewhere.id();
    let refusal = refused(here.bind().after(&elsewhere).install(|()| 'x'));
    assert_eq!(refusal, InstallError::AnchorElsewhere { event: name(), anchor });

    let default = here.owned(&OWNER).unwrap().install_default(|()| 'd').unwrap();
    let anchor = default.id();
    let refusal = refused(here.bind().after(&default).install(|()| 'x'));
    assert_eq!(refusal, InstallError::AnchorIsDefault { event: name(), anchor });
    assert_eq!(raised(here), "d");
}
