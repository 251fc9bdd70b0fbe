//! Inbox: two producers and the consumer, with sleep and wake-up.

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Arc, Notify};
use loom::thread;
use spindle_sync::{Consumer, Grace, Inbox, Pool, Wake};

/// The wake-up interrupt: stays pending until the consumer waits.
struct Interrupt {
    pending: Notify,
    sent: AtomicUsize,
}

/// What all threads of a model share.
#[derive(Clone)]
struct Setting {
    grace: &'static Grace,
    pool: &'static Pool<u32>,
    inbox: &'static Inbox<u32>,
    interrupt: Arc<Interrupt>,
}

impl Setting {
    fn new() -> Self {
        Self {
            grace: Box::leak(Box::new(Grace::new())),
            pool: Box::leak(Box::new(Pool::new())),
            inbox: Box::leak(Box::new(Inbox::new())),
            interrupt: Arc::new(Interrupt { pending: Notify::new(), sent: AtomicUsize::new(0) }),
        }
    }

    /// Starts a producer, on core number `core`, that sends `messages` and wakes the consumer when told to.
    fn producer(&self, core: usize, messages: &'static [u32]) -> thread::JoinHandle<()> {
        let Self { grace, pool, inbox, interrupt } = self.clone();
        // All that need not be explored is done before the thread begins.
        pool.open(core, messages.len());
        thread::spawn(move || {
            // SAFETY: each producer has a core of its own, and no model here reads a snapshot.
            let reader = unsafe { grace.register(core) };
            for &message in messages {
                let Ok(envelope) = pool.take(message) else { panic!("each message has a slot") };
                if inbox.push(envelope) == Wake::Yes {
                    interrupt.sent.fetch_add(1, Ordering::Relaxed);
                    interrupt.pending.notify();
                }
            }
            drop(reader);
        })
    }

    /// Takes out `count` messages as a run loop does, and says how often a message ended its sleep. (A wait
    /// may also end for nothing, as WFI does.)
    fn consume(&self, consumer: &mut Consumer<u32>, count: usize) -> (Vec<u32>, usize) {
        let (mut messages, mut woken) = (Vec::new(), 0);
        while messages.len() < count {
            if let Some(envelope) = consumer.pop() {
                messages.push(envelope.open());
            } else if consumer.try_sleep() {
                // A lost wake-up is a deadlock here, which loom reports.
                self.interrupt.pending.wait();
                woken += usize::from(consumer.awake());
            }
        }
        (messages, woken)
    }
}

#[test]
fn messages_of_two_producers_all_arrive_and_each_sleep_is_ended_by_one_wake() {
    let mut model = loom::model::Builder::new();
    // Three threads: with at most three forced switches a lost wake-up, which needs two, is found.
    model.preemption_bound = Some(3);
    model.check(|| {
        let setting = Setting::new();
        let mut consumer = setting.inbox.take_consumer().unwrap();
        let producers = [setting.producer(0, &[1]), setting.producer(1, &[2])];
        let (mut messages, woken) = setting.consume(&mut consumer, 2);
        messages.sort_unstable();
        assert_eq!(messages, [1, 2]);
        for producer in producers {
            producer.join().unwrap();
        }
        assert_eq!(setting.interrupt.sent.load(Ordering::Relaxed), woken);
        assert!(consumer.pop().is_none());
    });
}

#[test]
fn messages_of_one_producer_arrive_in_order() {
    loom::model(|| {
        let setting = Setting::new();
        let mut consumer = setting.inbox.take_consumer().unwrap();
        let producer = setting.producer(0, &[1, 2]);
        let (messages, woken) = setting.consume(&mut consumer, 2);
        assert_eq!(messages, [1, 2]);
        producer.join().unwrap();
        assert_eq!(setting.interrupt.sent.load(Ordering::Relaxed), woken);
    });
}

#[test]
fn order_of_each_producer_holds_beside_another() {
    let mut model = loom::model::Builder::new();
    // As above.
    model.preemption_bound = Some(2);
    model.check(|| {
        let setting = Setting::new();
        let mut consumer = setting.inbox.take_consumer().unwrap();
        let producers = [setting.producer(0, &[1, 2]), setting.producer(1, &[11])];
        let (messages, _) = setting.consume(&mut consumer, 3);
        let of_first: Vec<_> = messages.iter().filter(|&&message| message < 10).collect();
        assert_eq!(of_first, [&1, &2]);
        for producer in producers {
            producer.join().unwrap();
        }
    });
}

#[test]
fn awake_consumer_loses_no_message_that_comes_with_it() {
    loom::model(|| {
        let setting = Setting::new();
        let mut consumer = setting.inbox.take_consumer().unwrap();
        let producer = setting.producer(0, &[1]);
        // Something else ends the sleep at any time: the mark goes, a message stays.
        let woken = consumer.try_sleep() && consumer.awake();
        producer.join().unwrap();
        assert_eq!(setting.interrupt.sent.load(Ordering::Relaxed), usize::from(woken));
        assert_eq!(consumer.pop().unwrap().open(), 1);
    });
}
