//! What a raise does, event by event.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use spindle_event::{
    All, Any, Claim, Collect, Each, Event, FirstClaimed, InstallError, Last, Max, Merge, Min, NotHandled,
    Owner, Sum,
};
use spindle_sync::GRACE;

static OWNER: Owner = Owner::new();

/// An event as a `static` would be.
fn event<A: ?Sized + Sync, R, M: Merge<R>>() -> &'static Event<A, R, M> {
    Box::leak(Box::new(Event::new("under-test", &OWNER).open_to_all()))
}

#[test]
fn a_raise_without_handlers_gives_what_the_merge_starts_with() {
    let _core = GRACE.register_thread();
    event::<u32, (), Each>().raise(&1);
    assert_eq!(event::<u32, u32, Last>().raise(&1), Err(NotHandled));
    assert_eq!(event::<u32, Claim<u32>, FirstClaimed>().raise(&1), Err(NotHandled));
    assert!(!event::<u32, bool, Any>().raise(&1));
    assert!(event::<u32, bool, All>().raise(&1));
    assert_eq!(event::<u32, u32, Sum>().raise(&1), 0);
    assert_eq!(event::<u32, u32, Min>().raise(&1), Err(NotHandled));
    assert_eq!(event::<u32, u32, Max>().raise(&1), Err(NotHandled));
    assert_eq!(event::<u32, u32, Collect>().raise(&1), Vec::<u32>::new());
}

#[test]
fn a_single_handler_gives_its_result() {
    let _core = GRACE.register_thread();
    let last = event::<u32, u32, Last>();
    last.install(|args| args + 1).unwrap();
    assert_eq!(last.raise(&1), Ok(2));
    let text = event::<str, usize, Collect>();
    text.install(str::len).unwrap();
    assert_eq!(text.raise("four"), [4]);
}

#[test]
fn results_of_several_handlers_are_merged_in_order_by_the_event_s_type() {
    let _core = GRACE.register_thread();
    fn raise<M: Merge<u32>>() -> M::Output {
        let event = event::<u32, u32, M>();
        for value in [5, 3, 9, 4] {
            event.install(move |args| args + value).unwrap();
        }
        event.raise(&100)
    }
    assert_eq!(raise::<Last>(), Ok(104));
    assert_eq!(raise::<Sum>(), 421);
    assert_eq!(raise::<Min>(), Ok(103));
    assert_eq!(raise::<Max>(), Ok(109));
    assert_eq!(raise::<Collect>(), [105, 103, 109, 104]);
}

#[test]
fn an_event_that_only_tells_runs_every_handler_whose_guard_holds_in_order() {
    let _core = GRACE.register_thread();
    let event = event::<Mutex<Vec<usize>>, (), Each>();
    let raised = || {
        let heard = Mutex::default();
        event.raise(&heard);
        heard.into_inner().unwrap()
    };
    // Every third one refuses unless something was heard before it.
    let is_picky = |number: usize| number.is_multiple_of(3);
    let mut expected = Vec::new();
    for number in 0..100 {
        let hear = move |heard: &Mutex<Vec<usize>>| heard.lock().unwrap().push(number);
        if is_picky(number) {
            let heard_any = |heard: &Mutex<Vec<usize>>| !heard.lock().unwrap().is_empty();
            event.bind().guard(heard_any).install(hear).unwrap();
        } else {
            event.install(hear).unwrap();
        }
        if number > 0 {
            expected.push(number);
        }
        assert_eq!(raised(), expected);
    }
    // The same by the walk that asks who ran.
    let default =
        event.owned(&OWNER).unwrap().install_default(|heard| heard.lock().unwrap().push(1000)).unwrap();
    assert_eq!(raised(), expected);
    default.uninstall_soon();
    assert_eq!(raised(), expected);
}

#[test]
fn any_and_all_run_every_handler() {
    let _core = GRACE.register_thread();
    fn raise<M: Merge<bool, Output = bool>>(answers: [bool; 2]) -> (bool, u32) {
        let event = event::<AtomicU32, bool, M>();
        for answer in answers {
            event
                .install(move |runs: &AtomicU32| {
                    runs.fetch_add(1, Ordering::Relaxed);
                    answer
                })
                .unwrap();
        }
        let runs = AtomicU32::new(0);
        let answer = event.raise(&runs);
        (answer, runs.into_inner())
    }
    assert_eq!(raise::<Any>([true, false]), (true, 2));
    assert_eq!(raise::<Any>([false, false]), (false, 2));
    assert_eq!(raise::<All>([false, true]), (false, 2));
    assert_eq!(raise::<All>([true, true]), (true, 2));
}

#[test]
fn a_claim_ends_the_raise() {
    let _core = GRACE.register_thread();
    let event = event::<u32, Claim<&'static str>, FirstClaimed>();
    let claim =
        |limit: u32, name| move |args: &u32| if *args < limit { Claim::Claimed(name) } else { Claim::Passed };
    event.install(claim(10, "below ten")).unwrap();
    event.install(claim(100, "below hundred")).unwrap();
    event.install(|args| if *args < 1000 { panic!("asked after a claim") } else { Claim::Passed }).unwrap();
    assert_eq!(event.raise(&5), Ok("below ten"));
    assert_eq!(event.raise(&50), Ok("below hundred"));
    assert_eq!(event.raise(&5000), Err(NotHandled));
}

#[test]
fn a_guard_that_says_no_keeps_its_handler_out() {
    let _core = GRACE.register_thread();
    let event = event::<u32, u32, Collect>();
    let even = event.bind().guard(|args: &u32| args.is_multiple_of(2)).install(|_| 2).unwrap();
    assert_eq!(event.raise(&3), []);
    assert_eq!(event.raise(&4), [2]);
    event.install(|_| 1).unwrap();
    assert_eq!(event.raise(&3), [1]);
    assert_eq!(event.raise(&4), [2, 1]);
    even.uninstall_soon();
    assert_eq!(event.raise(&4), [1]);
}

#[test]
fn the_default_handler_runs_only_when_no_other_one_did() {
    let _core = GRACE.register_thread();
    let event = event::<u32, &'static str, Last>();
    let default = event.owned(&OWNER).unwrap().install_default(|_| "default").unwrap();
    assert_eq!(event.raise(&1), Ok("default"));
    let guarded = event.bind().guard(|args: &u32| *args > 5).install(|_| "guarded").unwrap();
    assert_eq!(event.raise(&1), Ok("default"));
    assert_eq!(event.raise(&6), Ok("guarded"));
    let plain = event.install(|_| "plain").unwrap();
    assert_eq!(event.raise(&1), Ok("plain"));

    let taken = event.owned(&OWNER).unwrap().install_default(|_| "second").map(|_| ());
    assert_eq!(taken, Err(InstallError::DefaultTaken { event: "under-test".into() }));
    guarded.uninstall_soon();
    plain.uninstall_soon();
    assert_eq!(event.raise(&1), Ok("default"));
    default.uninstall_soon();
    assert_eq!(event.raise(&1), Err(NotHandled));
    event.owned(&OWNER).unwrap().install_default(|_| "second").unwrap();
    assert_eq!(event.raise(&1), Ok("second"));
}

#[test]
fn a_dropped_binding_stays_installed_and_a_scoped_one_goes() {
    let _core = GRACE.register_thread();
    let event = event::<u32, u32, Sum>();
    drop(event.install(|args| *args).unwrap());
    let scoped = event.install(|args| *args).unwrap().scoped();
    assert!(scoped.binding().is_installed());
    assert_eq!(event.raise(&7), 14);
    drop(scoped);
    assert_eq!(event.raise(&7), 7);
}

#[test]
fn a_handler_may_raise_install_and_uninstall_on_its_own_event() {
    let _core = GRACE.register_thread();
    static EVENT: Event<u32, u32, Sum> = Event::new("recursive", &OWNER).open_to_all();
    EVENT
        .install(|depth| {
            let binding = EVENT.install(|_| 1000).unwrap();
            let below = if *depth == 0 { 0 } else { EVENT.raise(&(depth - 1)) };
            binding.uninstall_soon();
            below + 1
        })
        .unwrap();
    // The raise that installs sees the table it began with; those below see one more handler each level.
    assert_eq!(EVENT.raise(&2), 3 + 1000 + 2000);
}

#[test]
fn what_a_handler_holds_is_freed_after_uninstall_and_a_grace_period() {
    let mut core = GRACE.register_thread();
    let event = event::<u32, usize, Sum>();
    let held = Arc::new(());
    let in_handler = held.clone();
    let binding = event.install(move |_| Arc::strong_count(&in_handler)).unwrap();
    event.install(|_| 0).unwrap();
    assert_eq!(event.raise(&0), 2);
    binding.uninstall_soon();
    drop(binding);
    while Arc::strong_count(&held) > 1 {
        core.quiet();
        GRACE.reclaim();
        std::thread::yield_now();
    }
    assert_eq!(event.raise(&0), 0);
}

#[test]
fn raises_go_on_while_handlers_come_and_go() {
    let event = event::<u32, u32, Collect>();
    let stop = AtomicU32::new(0);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let mut core = GRACE.register_thread();
            event.install(|_| 0).unwrap();
            for _ in 0..2000 {
                let pair = [event.install(|_| 1).unwrap(), event.install(|_| 2).unwrap()];
                pair.iter().for_each(|binding| assert!(binding.uninstall_soon().was_installed()));
                core.quiet();
                GRACE.reclaim();
            }
            stop.store(1, Ordering::Release);
        });
        threads.spawn(|| {
            let mut core = GRACE.register_thread();
            while stop.load(Ordering::Acquire) == 0 {
                let seen = event.raise(&0);
                let possible: [&[u32]; 5] = [&[], &[0], &[0, 1], &[0, 1, 2], &[0, 2]];
                assert!(possible.contains(&&*seen), "{seen:?}");
                core.quiet();
            }
        });
    });
    let _core = GRACE.register_thread();
    assert_eq!(event.raise(&0), [0]);
}
