//! Raise, post, install, uninstall and swap at once, on threads that stand for cores; every raise is accounted for.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

mod player;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use spindle_event::mailbox::{self, KERNEL_SLOTS};
use spindle_event::{CoreId, Placement, cores};
use spindle_sync::{Authority, GRACE};

use player::{BUSY, CORES, Core, Counts, FAULTY, LATER, OWNER, Own, POSTED, TOKENS, add, read};

const ROUNDS: u64 = 50_000;
/// How long it may take until all has arrived that was sent.
const PATIENCE: Duration = Duration::from_secs(60);

/// Binds what stays to the end.
fn bind_the_rest(counts: &Arc<Counts>) {
    let count = |of: fn(&Counts) -> &AtomicU64| {
        let counts = counts.clone();
        move || add(of(&counts), 1)
    };
    let (handled, arrived) = (count(|counts| &counts.handled), count(|counts| &counts.arrived));
    let (each, any) = (count(|counts| &counts.ran_later), count(|counts| &counts.ran_later));
    let always = move |_: &usize| {
        handled();
        1
    };
    BUSY.install(always).expect("an open event");
    let here = move |to: &CoreId| {
        assert_eq!(*to, cores::current());
        arrived();
    };
    POSTED.install(here).expect("an open event");
    LATER.bind().install_later(Placement::EachCore, move |()| each()).expect("an open event");
    LATER.bind().install_later(Placement::AnyCore, move |()| any()).expect("an open event");
    FAULTY.owned(&OWNER).expect("ours").install_default(|()| 7).expect("the first");
}

fn play(counts: Arc<Counts>, all: &Barrier, rounds: u64) {
    let mut reader = GRACE.register_thread();
    let here = cores::current();
    // SAFETY: as in `take_arrivals`.
    let authority = unsafe { Authority::mint() };
    let arrivals = mailbox::open(&authority, here, KERNEL_SLOTS + 64).expect("closed so far");
    let here = here.index();
    let random = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(here as u64 + 1);
    let mut core = Core { counts, arrivals, here, own: Own::Off, faulty: None, random };
    if all.wait().is_leader() {
        core.exchange_the_pair();
    }
    all.wait();
    for _ in 0..rounds {
        core.turn();
        reader.quiet();
        GRACE.reclaim();
    }
    add(&core.counts.finished, 1);
    let start = Instant::now();
    while !is_over(&core.counts) {
        core.take_arrivals();
        reader.quiet();
        assert!(start.elapsed() < PATIENCE, "something is lost, or somebody");
    }
    core.take_arrivals();
    core.leave();
}

/// Whether everybody is done and nothing is on its way. Until then, whoever is done takes what the others send.
fn is_over(counts: &Counts) -> bool {
    read(&counts.finished) == CORES as u64
        && read(&counts.posted) == read(&counts.arrived)
        && read(&counts.sent) == read(&counts.ran_later)
}

/// Says nothing of what stands for an overrun.
fn hush() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str().is_some() {
            tell(panic);
        }
    }));
}

#[test]
fn every_raise_is_accounted_for_while_handlers_come_and_go_on_four_cores() {
    hush();
    let factor = std::env::var("SPINDLE_SOAK").ok().and_then(|factor| factor.parse().ok());
    let rounds = ROUNDS * factor.unwrap_or(1);
    let counts = Arc::new(Counts::default());
    {
        let _core = GRACE.register_thread();
        bind_the_rest(&counts);
    }
    let all = Barrier::new(CORES);
    std::thread::scope(|threads| {
        for _ in 0..CORES {
            threads.spawn(|| play(counts.clone(), &all, rounds));
        }
    });
    assert_eq!(read(&counts.handled), read(&counts.raised));
    assert_eq!(read(&counts.pair_handled), read(&counts.paired));
    assert_eq!(read(&counts.arrived), read(&counts.posted));
    assert_eq!(read(&counts.ran_later), read(&counts.sent));
    assert!(
        [&counts.raised, &counts.paired, &counts.posted, &counts.sent].into_iter().all(|it| read(it) > 0)
    );
    let mut core = GRACE.register_thread();
    // Of all handlers that came, those of the last pair are there.
    while GRACE.pending() > 0 {
        core.quiet();
        GRACE.reclaim();
    }
    assert_eq!(read(&TOKENS), 2);
    assert_eq!([BUSY.bindings().len(), FAULTY.bindings().len()], [1, 1]);
}
