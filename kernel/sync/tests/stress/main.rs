//! The properties that the loom models prove for a few steps, on real threads for very many.
#![cfg(not(loom))]

mod strands;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use spindle_sync::{Consumer, Grace, Inbox, Parcel, Pool, Snapshot, Wake, this_core};

/// How many messages each sender sends to each receiver.
const MESSAGES: u32 = 100_000;
/// How many slots each sender has; few, so that they are used over and over and run out.
const SLOTS: usize = 64;

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A message: who sent it, and its number among those of that sender.
#[derive(Debug, Clone, Copy)]
struct Numbered {
    sender: usize,
    number: u32,
}

/// What has come from each sender; refuses a number that is not the next.
struct Arrived([u32; 4]);

impl Arrived {
    fn note(&mut self, message: Numbered) {
        let next = &mut self.0[message.sender];
        assert_eq!(message.number, *next, "of sender {}", message.sender);
        *next += 1;
    }

    fn count(&self) -> u32 {
        self.0.iter().sum()
    }
}

#[test]
fn messages_of_four_senders_arrive_once_and_in_order_and_each_sleep_has_one_wake() {
    let grace = leak(Grace::new());
    let pool = leak(Pool::new());
    let inbox = leak(Inbox::new());
    let wakes = Arc::new(AtomicUsize::new(0));
    let receiver = thread::current();
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            let (wakes, receiver) = (Arc::clone(&wakes), receiver.clone());
            thread::spawn(move || {
                let _reader = grace.register_thread();
                pool.open(this_core::index(), SLOTS);
                for number in 0..MESSAGES {
                    let envelope = loop {
                        match pool.take(Numbered { sender, number }) {
                            Ok(envelope) => break envelope,
                            Err(_) => thread::yield_now(),
                        }
                    };
                    if inbox.push(envelope) == Wake::Yes {
                        wakes.fetch_add(1, Ordering::Relaxed);
                        receiver.unpark();
                    }
                }
            })
        })
        .collect();

    let mut consumer = inbox.take_consumer().unwrap();
    let mut arrived = Arrived([0; 4]);
    let mut woken = 0;
    while arrived.count() < 4 * MESSAGES {
        match consumer.pop() {
            Some(envelope) => arrived.note(envelope.open()),
            None => woken += sleep(&mut consumer),
        }
    }
    for sender in senders {
        sender.join().unwrap();
    }
    assert_eq!(arrived.0, [MESSAGES; 4]);
    assert!(consumer.pop().is_none());
    assert_eq!(wakes.load(Ordering::Relaxed), woken);
}

/// Sleeps until a push wakes this thread, if there is nothing; says how often a push has done so.
fn sleep<T: Send>(consumer: &mut Consumer<T>) -> usize {
    if !consumer.try_sleep() {
        return 0;
    }
    // A lost wake-up hangs here. One that comes without need ends the wait, as any interrupt does.
    thread::park();
    usize::from(consumer.awake())
}

#[test]
fn every_core_posts_to_every_other_and_nothing_is_lost() {
    const EACH: u32 = MESSAGES / 4;
    let grace = leak(Grace::new());
    let pool = leak(Pool::new());
    let inboxes: &'static [Inbox<Numbered>; 4] = leak(core::array::from_fn(|_| Inbox::new()));
    let cores: Vec<_> = (0..4)
        .map(|me| {
            thread::spawn(move || {
                let _reader = grace.register_thread();
                pool.open(this_core::index(), SLOTS);
                let mut consumer = inboxes[me].take_consumer().unwrap();
                let mut arrived = Arrived([0; 4]);
                let mut sent = 0;
                // Full means that others have to run, but never that this core stops taking out: else all
                // could wait for all.
                while sent < EACH || arrived.count() < 4 * EACH {
                    if sent < EACH {
                        sent += u32::from(send_to_all(pool, inboxes, Numbered { sender: me, number: sent }));
                    }
                    let mut has_popped = false;
                    while let Some(envelope) = consumer.pop() {
                        arrived.note(envelope.open());
                        has_popped = true;
                    }
                    if !has_popped {
                        thread::yield_now();
                    }
                }
                assert_eq!(arrived.0, [EACH; 4]);
            })
        })
        .collect();
    for core in cores {
        core.join().unwrap();
    }
}

/// Sends to all inboxes or, when slots are short, to none.
fn send_to_all(pool: &'static Pool<Numbered>, inboxes: &[Inbox<Numbered>; 4], message: Numbered) -> bool {
    let slots: Vec<_> = core::iter::from_fn(|| pool.vacancy()).take(inboxes.len()).collect();
    if slots.len() < inboxes.len() {
        return false;
    }
    for (slot, inbox) in slots.into_iter().zip(inboxes) {
        // These receivers poll.
        let _ = inbox.push(slot.seal(message));
    }
    true
}

#[test]
fn parcels_run_once_each_on_another_core() {
    let grace = leak(Grace::new());
    let pool = leak(Pool::new());
    let inbox = leak(Inbox::new());
    let sum = Arc::new(AtomicU64::new(0));
    let sender = {
        let sum = Arc::clone(&sum);
        thread::spawn(move || {
            let _reader = grace.register_thread();
            pool.open(this_core::index(), SLOTS);
            for number in 0..u64::from(MESSAGES) {
                let sum = Arc::clone(&sum);
                let mut parcel = Parcel::new(move || {
                    sum.fetch_add(number, Ordering::Relaxed);
                });
                while let Err(back) = pool.take(parcel).map(|envelope| inbox.push(envelope)) {
                    parcel = back;
                    thread::yield_now();
                }
            }
        })
    };
    let mut consumer = inbox.take_consumer().unwrap();
    let mut count = 0;
    while count < MESSAGES {
        match consumer.pop() {
            Some(envelope) => {
                envelope.run();
                count += 1;
            }
            None => thread::yield_now(),
        }
    }
    sender.join().unwrap();
    let n = u64::from(MESSAGES);
    assert_eq!(sum.load(Ordering::Relaxed), n * (n - 1) / 2);
    assert_eq!(Arc::strong_count(&sum), 1);
}

/// A table whose halves agree until it is freed.
struct Table {
    number: u64,
    complement: u64,
    freed: Arc<AtomicU64>,
}

impl Table {
    fn new(number: u64, freed: &Arc<AtomicU64>) -> Self {
        Self { number, complement: !number, freed: Arc::clone(freed) }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.complement = self.number;
        self.freed.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn readers_see_whole_tables_only_and_every_replaced_one_is_freed() {
    const REPLACEMENTS: u64 = 20_000;
    let freed = Arc::new(AtomicU64::new(0));
    let grace = leak(Grace::new());
    let snapshot = leak(Snapshot::new(grace, leak(Table::new(0, &freed))));
    let is_done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let is_done = Arc::clone(&is_done);
            thread::spawn(move || {
                let mut reader = grace.register_thread();
                let mut last = 0;
                for turn in 0_u32.. {
                    snapshot.with(|table| {
                        assert_eq!(table.number, !table.complement);
                        assert!(table.number >= last, "an older table came back");
                        last = table.number;
                    });
                    if turn % 16 == 0 {
                        reader.idle()
                    } else {
                        reader.quiet()
                    }
                    if is_done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            })
        })
        .collect();
    for number in 1..=REPLACEMENTS {
        snapshot.replace(Box::new(Table::new(number, &freed)));
        grace.reclaim();
    }
    while grace.pending() > 0 {
        grace.reclaim();
        thread::yield_now();
    }
    is_done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().unwrap();
    }
    // All but the initial one, which was never boxed, and the last.
    assert_eq!(freed.load(Ordering::Relaxed), REPLACEMENTS - 1);
}
