//! Pool: slots go out on one core and come home from another, and are never in two places.

use loom::thread;
use spindle_sync::{Grace, Inbox, Pool, this_core};

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

#[test]
fn slot_given_back_elsewhere_is_used_again_at_home() {
    loom::model(|| {
        let (grace, pool, inbox) = (leak(Grace::new()), leak(Pool::new()), leak(Inbox::<u32>::new()));
        let mut consumer = inbox.take_consumer().unwrap();
        let receiver = thread::spawn(move || {
            let mut last = 0;
            while last < 3 {
                match consumer.pop() {
                    Some(envelope) => {
                        let message = envelope.open();
                        assert_eq!(message, last + 1);
                        last = message;
                    }
                    None => thread::yield_now(),
                }
            }
        });
        let _reader = grace.register_thread();
        pool.open(this_core::index(), 2);
        for message in 1..=3 {
            let mut message = message;
            // Two slots for three messages: the third waits for one to come home.
            while let Err(back) = pool.take(message).map(|envelope| inbox.push(envelope)) {
                message = back;
                thread::yield_now();
            }
        }
        receiver.join().unwrap();
    });
}

#[test]
fn slots_given_back_by_two_cores_at_once_all_come_home() {
    loom::model(|| {
        let (grace, pool) = (leak(Grace::new()), leak(Pool::new()));
        let _reader = grace.register_thread();
        pool.open(this_core::index(), 2);
        let [first, second] = [1, 2].map(|message| pool.take(message).unwrap());
        let receivers =
            [thread::spawn(move || assert_eq!(first.open(), 1)), thread::spawn(move || drop(second))];
        // Some are home by now, or none; what is taken now is not given back and counts.
        let early = pool.take(3);
        for receiver in receivers {
            receiver.join().unwrap();
        }
        let late: Vec<_> = (4..).map_while(|message| pool.take(message).ok()).collect();
        assert_eq!(late.len() + early.iter().count(), 2);
        assert!(early.is_err() || early.is_ok_and(|envelope| *envelope == 3));
    });
}
