//! Posts between threads that stand for cores.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use spindle_event::mailbox::{self, Arrivals, KERNEL_SLOTS};
use spindle_event::{CoreId, Event, Owner, PostError, cores};
use spindle_sync::{Authority, GRACE, Parcel};

const POSTS: u64 = 20_000;
const SENDERS: usize = 3;

static OWNER: Owner = Owner::new();
static COUNTED: Event<(CoreId, u64)> = Event::new("counted", &OWNER).open_to_all();
static LAST_SEEN: Mutex<BTreeMap<(CoreId, CoreId), u64>> = Mutex::new(BTreeMap::new());
static WAKES: AtomicUsize = AtomicUsize::new(0);

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

fn run_all(arrivals: &mut Arrivals) -> u64 {
    std::iter::from_fn(|| arrivals.pop()).map(|envelope| envelope.run()).count() as u64
}

/// One test, since mailboxes are few and static.
#[test]
fn posts_arrive_in_order_are_bounded_and_wake_a_sleeper_once() {
    let core = GRACE.register_thread();
    let here = cores::current();
    let mut arrivals = a_mailbox_takes_posts_once_open(here);
    a_full_sender_gets_its_event_back(here, &mut arrivals);
    a_post_to_a_sleeper_wakes_it_once(here, &mut arrivals);
    drop(arrivals);
    drop(core);
    posts_of_each_sender_arrive_in_order();
}

fn a_mailbox_takes_posts_once_open(here: CoreId) -> Arrivals {
    assert!(!here.is_online());
    let refused = COUNTED.post(here, (here, 1)).expect_err("not open");
    assert_eq!(refused, PostError::Offline { core: here, event: (here, 1) });
    let arrivals = mailbox::open(&authority(), here, KERNEL_SLOTS + 2).expect("closed so far");
    assert!(mailbox::open(&authority(), here, 1).is_err());
    assert!(cores::online().eq([here]));
    arrivals
}

fn a_full_sender_gets_its_event_back(here: CoreId, arrivals: &mut Arrivals) {
    assert!(COUNTED.post(here, (here, 1)).is_ok());
    assert!(COUNTED.post(here, (here, 2)).is_ok());
    let refused = COUNTED.post(here, (here, 3)).expect_err("full");
    assert_eq!(refused, PostError::Full { core: here, event: (here, 3) });
    for number in 0..KERNEL_SLOTS as u64 {
        assert_eq!(COUNTED.post_from_kernel(&authority(), here, (here, number)), Ok(()));
    }
    let refused = mailbox::post_parcel(&authority(), here, Parcel::new(|| ()));
    assert!(matches!(refused, Err(PostError::Full { .. })));
    assert_eq!(run_all(arrivals), KERNEL_SLOTS as u64 + 2);
    assert!(COUNTED.post(here, (here, 3)).is_ok());
    assert_eq!(run_all(arrivals), 1);
}

fn a_post_to_a_sleeper_wakes_it_once(here: CoreId, arrivals: &mut Arrivals) {
    mailbox::set_wake(&authority(), |_| {
        WAKES.fetch_add(1, Ordering::Relaxed);
    });
    assert!(arrivals.try_sleep());
    assert!(COUNTED.post(here, (here, 4)).is_ok());
    assert!(COUNTED.post(here, (here, 5)).is_ok());
    assert_eq!(WAKES.load(Ordering::Relaxed), 1);
    assert!(!arrivals.try_sleep());
    arrivals.awake();
    assert_eq!(run_all(arrivals), 2);
}

fn posts_of_each_sender_arrive_in_order() {
    let binding = {
        let _core = GRACE.register_thread();
        let handler = |&(sender, number): &(CoreId, u64)| {
            let mut seen = LAST_SEEN.lock().unwrap_or_else(PoisonError::into_inner);
            let before = seen.insert((sender, cores::current()), number);
            assert_eq!(before.map_or(0, |before| before + 1), number, "from core {sender}");
        };
        COUNTED.install(handler).expect("an event of ours")
    };
    let ready = std::sync::Barrier::new(SENDERS);
    std::thread::scope(|threads| {
        for _ in 0..SENDERS {
            threads.spawn(|| {
                let mut core = GRACE.register_thread();
                let here = cores::current();
                let mut arrivals = mailbox::open(&authority(), here, KERNEL_SLOTS + 64).expect("closed");
                ready.wait();
                let all: Vec<CoreId> = cores::online().collect();
                let mut run = 0;
                for number in 0..POSTS {
                    for &to in &all {
                        let mut event = (here, number);
                        while let Err(back) = COUNTED.post(to, event) {
                            event = back.into_event();
                            run += run_all(&mut arrivals);
                            std::thread::yield_now();
                        }
                    }
                    core.quiet();
                }
                while run < POSTS * SENDERS as u64 {
                    run += run_all(&mut arrivals);
                    core.quiet();
                    std::thread::yield_now();
                }
            });
        }
    });
    let _core = GRACE.register_thread();
    binding.uninstall_soon();
    let seen = LAST_SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(seen.len(), SENDERS * SENDERS);
    assert!(seen.values().all(|last| *last == POSTS - 1));
}
