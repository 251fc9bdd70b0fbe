//! What uninstalling waits for. One test: every thread here is a core that others wait for.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use spindle_event::{Entangled, Event, Owner, cores};
use spindle_sync::GRACE;

static OWNER: Owner = Owner::new();
static HELD: Event<()> = Event::new("held", &OWNER).open_to_all();
static QUICK: Event<()> = Event::new("quick", &OWNER).open_to_all();

#[test]
fn uninstall_returns_when_no_other_core_can_be_inside_or_says_who_waits_for_us() {
    uninstall_returns_when_the_last_other_core_has_left();
    uninstall_by_the_handler_itself_does_not_wait_for_itself();
    of_two_cores_that_wait_for_each_other_one_is_told();
}

fn uninstall_returns_when_the_last_other_core_has_left() {
    static IS_INSIDE: AtomicBool = AtomicBool::new(false);
    static MAY_LEAVE: AtomicBool = AtomicBool::new(false);
    static HAS_LEFT: AtomicBool = AtomicBool::new(false);
    let _core = GRACE.register_thread();
    let binding = HELD
        .install(|()| {
            IS_INSIDE.store(true, Ordering::Release);
            while !MAY_LEAVE.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            HAS_LEFT.store(true, Ordering::Release);
        })
        .expect("an open event");
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let _core = GRACE.register_thread();
            HELD.raise(&());
        });
        while !IS_INSIDE.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        let departure = binding.uninstall_soon();
        assert!(departure.was_installed() && !departure.is_complete());
        HELD.raise(&());
        assert!(!HAS_LEFT.load(Ordering::Acquire), "the form that does not wait has waited");
        threads.spawn(|| {
            // No proof that the other one waits, only a chance for it not to.
            std::thread::sleep(Duration::from_millis(20));
            MAY_LEAVE.store(true, Ordering::Release);
        });
        binding.uninstall().expect("nobody waits for us");
        assert!(HAS_LEFT.load(Ordering::Acquire));
    });
}

fn uninstall_by_the_handler_itself_does_not_wait_for_itself() {
    let _core = GRACE.register_thread();
    let binding = QUICK.install(|()| ()).expect("an open event");
    let outer =
        HELD.install(move |()| binding.uninstall().expect("nobody waits for us")).expect("an open event");
    HELD.raise(&());
    outer.uninstall().expect("nobody waits for us");
}

fn of_two_cores_that_wait_for_each_other_one_is_told() {
    let both = Barrier::new(2);
    let outcomes = std::thread::scope(|threads| {
        let cores = [(); 2].map(|()| {
            threads.spawn(|| {
                let _core = GRACE.register_thread();
                let binding = QUICK.install(|()| ()).expect("an open event");
                both.wait();
                let outcome = binding.uninstall();
                assert!(!binding.is_installed());
                (cores::current().index(), outcome)
            })
        });
        cores.map(|core| core.join().expect("no panic"))
    });
    let [(one, first), (other, second)] = outcomes;
    assert!(first.is_err() || second.is_err());
    assert!(first.is_ok() || first == Err(Entangled { core: other }));
    assert!(second.is_ok() || second == Err(Entangled { core: one }));
}
