//! Asynchronous handlers, and what else is done in a later turn of a run loop.
//!
//! Threads play cores. Each has a mailbox and takes a turn when it is told to, so that every test sees one order of
//! things. One test at a time: cores and mailboxes are few and static.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use spindle_event::mailbox::{self, Arrivals, KERNEL_SLOTS};
use spindle_event::{
    Budget, Collect, CoreId, Each, End, Event, Key, Merge, Owner, Pattern, Placement, State, Trouble, cores,
    swap,
};
use spindle_sync::boundary::overrun_here;
use spindle_sync::{Authority, GRACE};

static OWNER: Owner = Owner::new();
static KEY: Key<u32> = Key::new("number", |args| u64::from(*args));
static KEYS: [&Key<u32>; 1] = [&KEY];
static ALONE: Mutex<()> = Mutex::new(());
/// What has run where, in the order in which it did.
static RUNS: Mutex<Vec<(usize, u32)>> = Mutex::new(Vec::new());

/// Slots of each core that are not the kernel's alone.
const SLOTS: usize = 6;

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

fn event<R, M: Merge<R>>() -> &'static Event<u32, R, M> {
    Box::leak(Box::new(Event::new("later", &OWNER).open_to_all().with_keys(&KEYS)))
}

fn note(args: &u32) {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner).push((cores::current().index(), *args));
}

/// What has run since the last call.
fn runs() -> Vec<(usize, u32)> {
    std::mem::take(&mut *RUNS.lock().unwrap_or_else(PoisonError::into_inner))
}

fn turn(arrivals: &mut Arrivals) -> usize {
    std::iter::from_fn(|| arrivals.pop()).map(mailbox::run).count()
}

type Order = fn(&mut Arrivals) -> usize;

/// Another core.
struct Other {
    index: usize,
    orders: Sender<Order>,
    answers: Receiver<usize>,
}

impl Other {
    fn id(&self) -> CoreId {
        CoreId::new(self.index).expect("a core")
    }

    fn does(&self, order: Order) -> usize {
        self.orders.send(order).expect("the core is there");
        self.answers.recv().expect("the core answers")
    }

    /// Runs what has arrived; says how much that was.
    fn turn(&self) -> usize {
        self.does(turn)
    }
}

/// Runs `test` as the core 0 of a machine of three.
fn on_machine(test: impl FnOnce(&mut Arrivals, &[Other; 2])) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let _core = GRACE.register_thread();
    let open = || mailbox::open(&authority(), cores::current(), KERNEL_SLOTS + SLOTS).expect("closed so far");
    std::thread::scope(|threads| {
        let mut arrivals = open();
        let others = [1, 2].map(|index| {
            let (orders, to_do) = channel::<Order>();
            let (answer, answers) = channel();
            threads.spawn(move || {
                let mut core = GRACE.register_thread();
                assert_eq!(cores::current().index(), index);
                let mut arrivals = open();
                answer.send(0).expect("somebody listens");
                for order in to_do {
                    answer.send(order(&mut arrivals)).expect("somebody listens");
                    core.quiet();
                }
            });
            assert_eq!(answers.recv(), Ok(0));
            Other { index, orders, answers }
        });
        runs();
        test(&mut arrivals, &others);
        // Nothing stays behind for the next one.
        turn(&mut arrivals);
        others.iter().for_each(|other| assert_eq!(other.turn(), 0));
    });
}

#[test]
fn an_asynchronous_handler_runs_in_a_later_turn_on_the_core_it_names() {
    on_machine(|here, others| {
        let event = event::<(), Each>();
        event.bind().install_later(Placement::Here, note).unwrap();
        event.bind().install_later(Placement::Core(others[1].id()), |args| note(&(args + 100))).unwrap();
        event.install(|args| note(&(args + 200))).unwrap();
        let mut args = 1;
        event.raise(&args);
        // What the raiser does to its own afterwards is its own affair.
        args += 50;
        assert_eq!(runs(), [(0, 201)]);
        assert_eq!((turn(here), others[0].turn(), others[1].turn()), (1, 0, 1));
        assert_eq!(runs(), [(0, 1), (2, 101)]);
        event.raise(&args);
        others[1].turn();
        turn(here);
        assert_eq!(runs(), [(0, 251), (2, 151), (0, 51)]);
    });
}

#[test]
fn an_asynchronous_handler_runs_on_each_core_once() {
    on_machine(|here, others| {
        let event = event::<(), Each>();
        event.bind().install_later(Placement::EachCore, note).unwrap();
        event.raise(&1);
        event.raise(&2);
        assert_eq!(runs(), []);
        assert_eq!((turn(here), others[0].turn(), others[1].turn()), (2, 2, 2));
        assert_eq!(runs(), [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)]);
    });
}

#[test]
fn the_least_loaded_core_is_one_that_sleeps_or_has_the_fewest_to_run() {
    on_machine(|here, others| {
        let event = event::<(), Each>();
        event.bind().install_later(Placement::LeastLoaded, note).unwrap();
        assert_eq!(others[1].does(|arrivals| usize::from(arrivals.try_sleep())), 1);
        event.raise(&1);
        others[1].does(|arrivals| {
            arrivals.awake();
            0
        });
        // Core 2 has one to run, the two others have none; then all have one.
        event.raise(&2);
        event.raise(&3);
        assert_eq!((turn(here), others[0].turn(), others[1].turn()), (1, 1, 1));
        assert_eq!(runs(), [(0, 2), (1, 3), (2, 1)]);
    });
}

#[test]
fn any_core_that_has_nothing_to_do_may_take_what_is_not_tied_to_one() {
    on_machine(|here, others| {
        let event = event::<(), Each>();
        event.bind().install_later(Placement::AnyCore, note).unwrap();
        event.raise(&1);
        event.raise(&2);
        assert!(mailbox::is_any_surplus(&authority()));
        assert_eq!((turn(here), others[0].turn()), (0, 0));
        let take: Order = |_| mailbox::take_surplus(&authority()).map(mailbox::run).into_iter().count();
        assert_eq!((others[1].does(take), others[0].does(take), others[0].does(take)), (1, 1, 0));
        assert!(!mailbox::is_any_surplus(&authority()));
        assert_eq!(runs(), [(2, 1), (1, 2)]);
    });
}

#[test]
fn guards_and_keys_of_an_asynchronous_handler_are_asked_in_the_raiser() {
    on_machine(|_, others| {
        let event = event::<(), Each>();
        let guard = |args: &u32| {
            note(args);
            args.is_multiple_of(2)
        };
        let bind = event.bind().guard(guard).when(&KEY, Pattern::range(0..=9).unwrap());
        let binding = bind.install_later(Placement::Core(others[0].id()), note).unwrap();
        event.owned(&OWNER).unwrap().impose(binding.id(), |args: &u32| *args != 4).unwrap();
        [1, 2, 4, 10].iter().for_each(|args| event.raise(args));
        assert_eq!(runs(), [(0, 1), (0, 2)]);
        assert_eq!(others[0].turn(), 1);
        assert_eq!(runs(), [(1, 2)]);
    });
}

#[test]
fn an_asynchronous_handler_sees_what_the_filters_before_it_have_made() {
    on_machine(|here, _| {
        let event = event::<(), Each>();
        event.bind().install_later(Placement::Here, note).unwrap();
        event.bind().install_filter(|args| *args += 10).unwrap();
        event.bind().install_later(Placement::Here, note).unwrap();
        event.raise(&1);
        assert_eq!(turn(here), 2);
        assert_eq!(runs(), [(0, 1), (0, 11)]);
    });
}

#[test]
fn where_no_slot_is_left_or_no_core_there_a_handler_runs_at_once() {
    on_machine(|here, others| {
        let event = event::<(), Each>();
        event.bind().install_later(Placement::Core(others[0].id()), note).unwrap();
        static FILLER: Event<u32> = Event::new("filler", &OWNER);
        let filled = (0..).take_while(|_| FILLER.post(others[1].id(), 0).is_ok()).count();
        event.raise(&6);
        event.raise(&7);
        assert_eq!(runs(), [(0, 6), (0, 7)]);
        assert_eq!((others[0].turn(), others[1].turn()), (0, filled));
        event.raise(&8);
        assert_eq!((runs(), others[0].turn(), runs()), (vec![], 1, vec![(1, 8)]));
        let nowhere = CoreId::new(9).unwrap();
        event.bind().install_later(Placement::Core(nowhere), |args| note(&(args + 1))).unwrap();
        event.raise(&10);
        assert_eq!((runs(), turn(here), others[0].turn()), (vec![(0, 11)], 0, 1));
    });
}

#[test]
fn every_handler_of_an_asynchronous_event_runs_later_unless_it_says_where_itself() {
    on_machine(|here, others| {
        static EVENT: Event<u32> =
            Event::new("all-later", &OWNER).open_to_all().asynchronous(Placement::Here).with_keys(&KEYS);
        EVENT.install(note).unwrap();
        EVENT.bind().install_later(Placement::Core(others[0].id()), note).unwrap();
        EVENT.bind().guard(|args: &u32| *args > 1).when(&KEY, Pattern::equal(2)).install(note).unwrap();
        EVENT.raise(&1);
        EVENT.raise(&2);
        assert_eq!(runs(), []);
        assert_eq!((turn(here), others[0].turn()), (3, 2));
        assert_eq!(runs(), [(0, 1), (0, 2), (0, 2), (1, 1), (1, 2)]);
    });
}

#[test]
fn an_asynchronous_handler_is_held_to_its_budget_where_it_runs() {
    on_machine(|here, others| {
        let event = event::<(), Each>();
        static HEARD: Mutex<Vec<Trouble>> = Mutex::new(Vec::new());
        event.owned(&OWNER).unwrap().on_trouble(|trouble| HEARD.lock().unwrap().push(trouble.clone()));
        let bind = event.bind().budget(Budget::microseconds(10));
        let binding = bind.install_later(Placement::Core(others[0].id()), |_| overrun_here()).unwrap();
        (0..3).for_each(|args| event.raise(&args));
        assert!(binding.is_installed());
        // Three runs, and three times the owner is told.
        assert_eq!(others[0].turn(), 6);
        assert_eq!(binding.state(), State::Quarantined);
        let heard = HEARD.lock().unwrap();
        assert!(heard.iter().all(|trouble| trouble.core == others[0].id() && trouble.end == End::Overran));
        assert_eq!(heard.iter().map(|trouble| trouble.strikes).collect::<Vec<_>>(), [1, 2, 3]);
        event.raise(&4);
        assert_eq!((turn(here), others[0].turn()), (0, 0));
    });
}

#[test]
fn the_owner_is_told_of_trouble_in_a_later_turn_of_the_core_where_it_was() {
    on_machine(|here, _| {
        let event = event::<u32, Collect>();
        event.owned(&OWNER).unwrap().on_trouble(|trouble| note(&trouble.strikes));
        event.bind().budget(Budget::microseconds(10)).install(|_| overrun_here()).unwrap();
        assert_eq!(event.raise(&0), []);
        assert_eq!(runs(), []);
        assert_eq!(turn(here), 1);
        assert_eq!(runs(), [(0, 1)]);
    });
}

#[test]
fn what_has_not_run_when_its_handler_is_uninstalled_does_not_run_while_it_is_off() {
    on_machine(|here, others| {
        let event = event::<(), Each>();
        let binding = event.bind().install_later(Placement::EachCore, note).unwrap();
        event.raise(&1);
        binding.uninstall_soon();
        assert_eq!((turn(here), others[0].turn()), (1, 1));
        assert_eq!(runs(), []);
        binding.install().unwrap();
        others[1].turn();
        assert_eq!(runs(), [(2, 1)]);
        event.raise(&2);
        swap(&[&binding], &[]).unwrap();
        assert_eq!((turn(here), others[0].turn(), runs()), (1, 1, vec![]));
        swap(&[], &[&binding]).unwrap();
        others[1].turn();
        assert_eq!(runs(), [(2, 2)]);
    });
}
