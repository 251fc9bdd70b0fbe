//! Surplus: no message is left behind by a core that falls asleep.

use loom::thread;
use spindle_sync::{Grace, Inbox, Pool, Surplus};

#[test]
fn either_the_sleeper_sees_the_message_or_it_is_woken() {
    loom::model(|| {
        let grace: &'static Grace = Box::leak(Box::new(Grace::new()));
        let pool: &'static Pool<u32> = Box::leak(Box::new(Pool::new()));
        let inbox: &'static Inbox<u32> = Box::leak(Box::new(Inbox::new()));
        let surplus: &'static Surplus<u32> = Box::leak(Box::new(Surplus::new()));
        pool.open(0, 1);
        pool.open(1, 1);
        let pusher = thread::spawn(move || {
            let _core = grace.register_thread();
            let vacancy = pool.vacancy().expect("a slot");
            surplus.push(vacancy.seal(7));
            inbox.is_asleep()
        });
        let mut consumer = inbox.take_consumer().expect("nobody has it");
        let sleeps = consumer.try_sleep() && !surplus.is_any();
        let is_woken = pusher.join().unwrap();
        assert!(!sleeps || is_woken);
        assert_eq!(surplus.pop().map(|envelope| envelope.open()), Some(7));
    });
}
