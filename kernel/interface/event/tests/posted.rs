//! Posted: asking, waiting and awaiting, between threads that stand for cores.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use spindle_event::mailbox::{self, Arrivals, KERNEL_SLOTS};
use spindle_event::{CoreId, Event, Owner, Posted, WaitError, cores};
use spindle_sync::{Authority, GRACE};

type Job = Box<dyn FnOnce() + Send>;

/// Runs what it carries.
static OWNER: Owner = Owner::new();
static RUN: Event<Mutex<Option<Job>>> = Event::new("run", &OWNER).open_to_all();
/// Tests run beside each other; only `job` needs no handler of its own.
static INSTALLED: std::sync::Once = std::sync::Once::new();

fn install() {
    INSTALLED.call_once(|| {
        RUN.install(|job| {
            let job = job.lock().ok().and_then(|mut job| job.take());
            job.into_iter().for_each(|job| job());
        })
        .expect("an event of ours");
    });
}

fn post(core: CoreId, job: impl FnOnce() + Send + 'static) -> Posted {
    RUN.post(core, Mutex::new(Some(Box::new(job)))).expect("a slot")
}

/// A thread that stands for a core: registers, opens its mailbox and runs what arrives until `stop` says so.
struct Core {
    id: CoreId,
    stop: Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Core {
    fn start() -> Self {
        let (stop, stopped) = channel();
        let (say, said) = channel();
        let thread = thread::spawn(move || {
            let core = GRACE.register_thread();
            install();
            let arrivals = open();
            say.send(cores::current()).expect("somebody asks");
            run_until(&stopped, arrivals);
            drop(core);
        });
        Self { id: said.recv().expect("it starts"), stop, thread }
    }

    fn stop(self) {
        self.stop.send(()).expect("it runs");
        self.thread.join().expect("no panic");
    }
}

fn open() -> Arrivals {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    let authority = unsafe { Authority::mint() };
    mailbox::open(&authority, cores::current(), KERNEL_SLOTS + 16).expect("closed so far")
}

/// Runs what arrives until `stopped` says so, and then what is there still: the next to stand for this core would find it.
fn run_until(stopped: &Receiver<()>, mut arrivals: Arrivals) {
    let mut is_stopped = false;
    loop {
        match arrivals.pop() {
            Some(arrived) => mailbox::run(arrived),
            None if is_stopped => return,
            None => thread::yield_now(),
        }
        is_stopped |= stopped.try_recv().is_ok();
    }
}

#[test]
fn wait_returns_when_the_post_has_run_and_sees_what_it_did() {
    static DONE: AtomicU64 = AtomicU64::new(0);
    let other = Core::start();
    let _core = GRACE.register_thread();
    let _arrivals = open();
    for number in 1..=100 {
        let posted = post(other.id, move || DONE.store(number, Ordering::Relaxed));
        assert_eq!(posted.wait(), Ok(()));
        assert!(posted.is_done());
        assert_eq!(DONE.load(Ordering::Relaxed), number);
    }
    other.stop();
}

#[test]
fn post_to_this_core_cannot_be_waited_for_before_it_has_run() {
    let _core = GRACE.register_thread();
    install();
    let mut arrivals = open();
    let posted = post(cores::current(), || ());
    assert_eq!((posted.is_done(), posted.wait()), (false, Err(WaitError::SameCore)));
    arrivals.pop().into_iter().for_each(mailbox::run);
    assert_eq!((posted.is_done(), posted.wait()), (true, Ok(())));
}

#[test]
fn handle_that_is_dropped_changes_nothing() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let _core = GRACE.register_thread();
    install();
    let mut arrivals = open();
    for _ in 0..100 {
        post(cores::current(), || {
            RUNS.fetch_add(1, Ordering::Relaxed);
        });
        arrivals.pop().into_iter().for_each(mailbox::run);
    }
    assert_eq!(RUNS.load(Ordering::Relaxed), 100);
    assert!(!core::mem::needs_drop::<Posted>());
}

#[test]
fn wait_for_a_post_that_is_dropped_with_its_inbox_returns() {
    let posted = {
        let _core = GRACE.register_thread();
        install();
        let mut arrivals = open();
        let posted = post(cores::current(), || unreachable!("dropped before"));
        drop(arrivals.pop());
        posted
    };
    assert_eq!(posted.wait(), Ok(()));
}

/// Each of `count` cores posts to the next one and waits, the last one for the first, all from inside a handler.
fn wait_in_a_circle(count: usize) -> Vec<Result<(), WaitError>> {
    let cores: Vec<Core> = (0..count).map(|_| Core::start()).collect();
    let ids: Vec<CoreId> = cores.iter().map(|core| core.id).collect();
    let (inside, (say, said)) = (Arc::new(Barrier::new(count)), channel());
    {
        let _core = GRACE.register_thread();
        let _arrivals = open();
        for (index, id) in ids.iter().enumerate() {
            let (inside, say, next) = (Arc::clone(&inside), say.clone(), ids[(index + 1) % count]);
            post(*id, move || {
                inside.wait();
                say.send(post(next, || ()).wait()).expect("somebody asks");
            });
        }
    }
    let results = said.iter().take(count).collect();
    cores.into_iter().for_each(Core::stop);
    results
}

#[test]
fn circle_of_waits_is_refused_to_one_and_the_others_go_on() {
    for round in 0..30 {
        let count = 2 + round % 2;
        let results = wait_in_a_circle(count);
        assert_eq!(results.len(), count);
        assert!(results.iter().any(|result| matches!(result, Err(WaitError::Circle { .. }))));
        assert!(!results.contains(&Err(WaitError::SameCore)));
    }
}

#[test]
fn wait_for_a_core_that_has_just_got_what_it_waited_for_is_not_refused() {
    let [one, other] = [Core::start(), Core::start()];
    let (here, there) = (one.id, other.id);
    let _core = GRACE.register_thread();
    let _arrivals = open();
    for _ in 0..1_000 {
        let (say, said) = channel();
        post(here, move || {
            let first = post(there, || ());
            let also = say.clone();
            // Runs right behind the first, when this core may not have noticed that the first is over.
            post(there, move || also.send(post(here, || ()).wait()).expect("somebody asks"));
            say.send(first.wait()).expect("somebody asks");
        });
        assert_eq!((said.recv(), said.recv()), (Ok(Ok(())), Ok(Ok(()))));
    }
    one.stop();
    other.stop();
}

/// Counts how often it is woken.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn future_is_pending_until_the_post_has_run_and_wakes_once() {
    let _core = GRACE.register_thread();
    install();
    let mut arrivals = open();
    let woken = Arc::new(Counting::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    let mut posted = pin!(post(cores::current(), || ()));
    for _ in 0..2 {
        assert_eq!(posted.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(woken.0.load(Ordering::Relaxed), 0);
    }
    arrivals.pop().into_iter().for_each(mailbox::run);
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert_eq!(posted.as_mut().poll(&mut context), Poll::Ready(()));
    drop(waker);
    assert_eq!(Arc::strong_count(&woken), 1);
}

/// Wakes a thread.
struct Unparks(thread::Thread);

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[test]
fn awaited_posts_on_another_core_lose_no_wake_up() {
    let other = Core::start();
    let _core = GRACE.register_thread();
    let _arrivals = open();
    let waker = Waker::from(Arc::new(Unparks(thread::current())));
    let mut context = Context::from_waker(&waker);
    for _ in 0..1_000 {
        let mut posted = pin!(post(other.id, || ()));
        while posted.as_mut().poll(&mut context).is_pending() {
            thread::park();
        }
    }
    other.stop();
}
