//! Filters: handlers that change the arguments that later ones see.

use spindle_event::{Budget, Collect, End, Event, Key, Owner, Pattern, State};
use spindle_sync::GRACE;
use spindle_sync::boundary::overrun_here;

static OWNER: Owner = Owner::new();
static LENGTH: Key<String> = Key::new("length", |text: &String| text.len() as u64);
static KEYS: [&Key<String>; 1] = [&LENGTH];

type Texts = Event<String, String, Collect>;

fn event() -> &'static Texts {
    Box::leak(Box::new(Event::new("filtered", &OWNER).open_to_all().with_keys(&KEYS)))
}

fn raised(event: &Texts, text: &str) -> Vec<String> {
    event.raise(&text.to_owned())
}

fn add(name: char) -> impl Fn(&mut String) + Send + Sync + 'static {
    move |text| text.push(name)
}

#[test]
fn later_handlers_see_what_filters_before_them_have_made_and_the_raiser_does_not() {
    let _core = GRACE.register_thread();
    let event = event();
    event.install(String::clone).unwrap();
    event.bind().install_filter(add('a')).unwrap();
    event.install(String::clone).unwrap();
    event.bind().install_filter(add('b')).unwrap();
    event.install(String::clone).unwrap();
    let text = String::from("-");
    assert_eq!(event.raise(&text), ["-", "-a", "-ab"]);
    assert_eq!(text, "-");
}

#[test]
fn a_filter_goes_where_its_order_says() {
    let _core = GRACE.register_thread();
    let event = event();
    let handler = event.install(String::clone).unwrap();
    event.bind().last().install_filter(add('z')).unwrap();
    event.bind().first().install_filter(add('a')).unwrap();
    let between = event.bind().before(&handler).install_filter(add('b')).unwrap();
    assert_eq!(raised(event, "-"), ["-ab"]);
    between.uninstall_soon();
    assert_eq!(raised(event, "-"), ["-a"]);
    between.install().unwrap();
    assert_eq!(raised(event, "-"), ["-ab"]);
}

#[test]
fn guards_and_keys_see_the_changed_arguments() {
    let _core = GRACE.register_thread();
    let event = event();
    event.bind().when(&LENGTH, Pattern::equal(1)).install(|_| "one".into()).unwrap();
    event.bind().when(&LENGTH, Pattern::equal(1)).install_filter(add('a')).unwrap();
    event.bind().when(&LENGTH, Pattern::equal(1)).install(|_| "never for one".into()).unwrap();
    event.bind().when(&LENGTH, Pattern::equal(2)).install(|_| "two".into()).unwrap();
    event.bind().guard(|text: &String| text.contains('a')).install_filter(add('b')).unwrap();
    event.bind().guard(|text: &String| text.ends_with('b')).install(|_| "b".into()).unwrap();
    assert_eq!(raised(event, "-"), ["one", "two", "b"]);
    assert_eq!(raised(event, "--"), ["two"]);
}

#[test]
fn a_filter_contributes_nothing_and_the_default_handler_sees_what_it_made() {
    let _core = GRACE.register_thread();
    let event = event();
    event.owned(&OWNER).unwrap().install_default(String::clone).unwrap();
    event.bind().install_filter(add('a')).unwrap();
    assert_eq!(raised(event, "-"), ["-a"]);
    event.bind().guard(|text: &String| text.len() > 2).install(|_| "long".into()).unwrap();
    assert_eq!((raised(event, "-"), raised(event, "--")), (vec!["-a".into()], vec!["long".into()]));
}

#[test]
fn a_filter_that_is_given_up_leaves_the_arguments_as_they_were() {
    let _core = GRACE.register_thread();
    let event = event();
    let half = |text: &mut String| {
        text.push('x');
        overrun_here()
    };
    let filter = event.bind().budget(Budget::microseconds(1)).install_filter(half).unwrap();
    event.bind().budget(Budget::microseconds(1)).install_filter(add('a')).unwrap();
    event.install(String::clone).unwrap();
    for strike in 1..=3 {
        assert_eq!(raised(event, "-"), ["-a"], "strike {strike}");
    }
    assert_eq!(filter.state(), State::Quarantined);
    assert_eq!(raised(event, "-"), ["-a"]);
}

#[test]
fn a_filter_that_panics_among_guards_leaves_the_arguments_as_they_were() {
    let _core = GRACE.register_thread();
    let event = event();
    event.owned(&OWNER).unwrap().on_trouble(|trouble| {
        assert!(trouble.end == End::Panicked && !trouble.in_guard);
    });
    let half = |text: &mut String| {
        text.push('x');
        panic!("half-way");
    };
    let filter = event.bind().install_filter(half).unwrap();
    event.bind().guard(|_: &String| true).install(String::clone).unwrap();
    assert_eq!(raised(event, "-"), ["-"]);
    assert!(filter.is_installed(), "one strike of three");
}

#[test]
fn a_filter_is_listed_as_one_and_can_be_alone() {
    let _core = GRACE.register_thread();
    let event = event();
    event.bind().install_filter(add('a')).unwrap();
    assert!(event.bindings()[0].is_filter);
    assert_eq!(raised(event, "-"), Vec::<String>::new());
}
